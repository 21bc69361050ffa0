import CQUIC

/// The datagrams of one listener: finds the connection that each is for, and makes new ones.
///
/// It does not own connections: whoever gets one from ``receive(_:from:now:)`` keeps it until
/// ``QUICConnection/isFinished`` and drives it, and everything that belongs to it stops with its last reference.
///
/// What strangers can cost is bounded: datagrams that are not the beginning of a connection are ignored, and the
/// connections over which nothing has come yet are limited, in total and for each node. A new one takes the place of the
/// oldest then, so many times a second: whoever begins many in the name of another node, and uses none, makes it hard
/// for that node to get in, but takes no place for good, and no more of the processor than that. Like connections, it
/// belongs to one thread or event loop.
public final class QUICDemultiplexer {
    /// How many connections there may be, and what they may make this side hold. More than these are refused; of those
    /// that are half open the oldest is dropped.
    public struct Limits: Sendable, Hashable {
        /// Connections at a time.
        public var connections = 4096
        /// The same, from one node.
        public var connectionsPerNode = 2048
        /// What windows may grow to, in bytes, shared out: the n-th connection may have the n-th part of it.
        public var windows = 64 << 20
        /// The same, for the connections of one node.
        public var windowsPerNode = 32 << 20
        /// Connections at a time over whose streams nothing has come: their handshake goes on, or nobody uses them.
        public var halfOpen = 1024
        /// The same, from one node.
        public var halfOpenPerNode = 256
        /// How many of them may be dropped for others in a second; after that, beginnings are ignored.
        public var dropsPerSecond = 1024
        /// The same, for nodes that have their share of the half-open ones already.
        public var crowdedDropsPerSecond = 512

        /// The defaults.
        public init() {}
    }

    /// What came of a datagram.
    public enum Outcome {
        /// It was for this connection.
        case received(QUICConnection)
        /// It began this connection, and was given to it; another one may have been dropped for it, which is finished.
        case accepted(QUICConnection, dropped: QUICConnection?)
        /// It is in a version of QUIC that is not spoken here; this is the answer to send.
        case reply([UInt8])
        /// It began a connection, and there are enough; this is the answer to send.
        case refused([UInt8])
        /// It was for nobody.
        case ignored
    }

    private let credentials: QUICCredentials
    private let configuration: QUICConfiguration
    private let limits: Limits
    private let sendBudget: QUICSendBudget?
    private let verification: (String) -> QUICPeerVerification
    private let table = ConnectionTable()
    private var drops: (count: Int, crowded: Int, since: QUICInstant) = (0, 0, QUICInstant(nanoseconds: 0))

    /// Whether new connections are accepted; those that there are go on in any case.
    public var isAccepting = true

    /// - Parameters:
    ///   - credentials: what to show to dialers.
    ///   - sendBudget: what the connections share with others.
    ///   - verification: what dialers from a node must show.
    public init(
        credentials: QUICCredentials,
        configuration: QUICConfiguration = QUICConfiguration(),
        limits: Limits = Limits(),
        sendBudget: QUICSendBudget? = nil,
        verification: @escaping (_ node: String) -> QUICPeerVerification = { _ in .none }
    ) {
        self.credentials = credentials
        self.configuration = configuration
        self.limits = limits
        self.sendBudget = sendBudget
        self.verification = verification
    }

    /// Connections that are not finished.
    public var connectionCount: Int { table.connectionCount }
    /// Connections over whose streams nothing has come.
    public var halfOpenCount: Int { table.halfOpenCount }

    /// Takes a datagram that has come to the listener.
    ///
    /// - Parameter node: the node that it comes from; a connection belongs to the node that began it.
    public func receive(_ datagram: UnsafeRawBufferPointer, from node: String, now: QUICInstant) -> Outcome {
        guard let bytes = datagram.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return .ignored }
        var destination = cq_connection_id()
        var source = cq_connection_id()
        switch cq_inspect(bytes, datagram.count, &destination, &source) {
        case CQ_PACKET_ADDRESSED: break
        case CQ_PACKET_UNKNOWN_VERSION: return versionNegotiation(destination: destination, source: source)
        default: return .ignored
        }
        if let connection = table[QUICConnectionID(destination)] {
            guard connection.peerNode == node else { return .ignored }
            connection.receive(datagram, now: now)
            return .received(connection)
        }
        var initial = cq_initial()
        guard isAccepting, cq_accept(bytes, datagram.count, &initial) else { return .ignored }
        guard hasRoom(for: node) else { return .refused(refusal(of: initial)) }
        let oneTooMany = oneTooMany(for: node)
        guard oneTooMany == nil || mayDrop(for: node, now: now) else { return .ignored }
        return accept(initial, datagram, from: node, insteadOf: oneTooMany, now: now)
    }

    private func accept(
        _ initial: cq_initial,
        _ datagram: UnsafeRawBufferPointer,
        from node: String,
        insteadOf oneTooMany: QUICConnection?,
        now: QUICInstant
    ) -> Outcome {
        // Without memory the beginning is as good as lost; the dialer repeats it.
        guard
            let connection = try? QUICConnection(
                accepting: initial,
                from: node,
                credentials: credentials,
                verification: verification(node),
                configuration: configuration(for: node),
                sendBudget: sendBudget,
                table: table,
                now: now
            )
        else { return .ignored }
        connection.receive(datagram, now: now)
        guard !connection.isFinished else { return .ignored }
        oneTooMany?.drop()
        return .accepted(connection, dropped: oneTooMany)
    }

    private func hasRoom(for node: String) -> Bool {
        table.connectionCount < limits.connections && table.connectionCount(from: node) < limits.connectionsPerNode
    }

    /// The half-open connection that has to make room for one that begins.
    private func oneTooMany(for node: String) -> QUICConnection? {
        if table.halfOpenCount(from: node) >= limits.halfOpenPerNode { return table.oldestHalfOpen(from: node) }
        guard table.halfOpenCount >= limits.halfOpen else { return nil }
        return table.mostHalfOpenNode.flatMap { table.oldestHalfOpen(from: $0) }
    }

    private func mayDrop(for node: String, now: QUICInstant) -> Bool {
        if now - drops.since >= .seconds(1) { drops = (0, 0, now) }
        guard drops.count < limits.dropsPerSecond else { return false }
        // Whoever has much does not use up what lets the others in.
        let isCrowded = table.halfOpenCount(from: node) >= min(limits.halfOpenPerNode, table.fairHalfOpenCount)
        guard !isCrowded || drops.crowded < limits.crowdedDropsPerSecond else { return false }
        drops.count += 1
        if isCrowded { drops.crowded += 1 }
        return true
    }

    /// Windows grow while their readers keep up, and stay: the more connections there are, the less for each.
    private func configuration(for node: String) -> QUICConfiguration {
        let share = min(
            limits.windows / (table.connectionCount + 1),
            limits.windowsPerNode / (table.connectionCount(from: node) + 1)
        )
        var configuration = configuration
        configuration.maximumConnectionWindow = max(
            configuration.connectionWindow,
            min(configuration.maximumConnectionWindow, share)
        )
        configuration.maximumStreamWindow = max(
            configuration.streamWindow,
            min(configuration.maximumStreamWindow, configuration.maximumConnectionWindow)
        )
        return configuration
    }

    private func refusal(of initial: cq_initial) -> [UInt8] {
        var initial = initial
        return [UInt8](unsafeUninitializedCapacity: QUICConfiguration.largestHandshakeDatagram) { buffer, count in
            count = cq_write_refusal(buffer.baseAddress, buffer.count, &initial, "there are too many already")
        }
    }

    private func versionNegotiation(destination: cq_connection_id, source: cq_connection_id) -> Outcome {
        guard isAccepting else { return .ignored }
        var destination = destination
        var source = source
        let answer = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = cq_write_version_negotiation(buffer.baseAddress, buffer.count, &destination, &source)
        }
        return answer.isEmpty ? .ignored : .reply(answer)
    }
}
