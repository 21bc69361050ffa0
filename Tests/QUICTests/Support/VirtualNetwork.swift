import QUIC

/// A dialer and a listener with virtual links between them, and a clock that jumps to the next moment at which
/// something happens.
final class VirtualNetwork {
    private(set) var now = QUICInstant(nanoseconds: 1_000_000_000)
    var toListener: VirtualLink
    var toDialer: VirtualLink

    let dialer: Endpoint
    let demultiplexer: QUICDemultiplexer
    /// The connection that the dialer has made.
    private(set) var listener: Endpoint?
    /// What the application of the listener's connection does about an event.
    var listenerHandler: (Endpoint, QUICEvent) throws -> Void = { _, _ in }
    var dialerNode = "foo"

    /// How often in a row the next moment was not later than the present.
    private var hurry = 0
    /// How often somebody was woken.
    private(set) var steps = 0

    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    init(
        seed: UInt64 = 1,
        dialerConfiguration: QUICConfiguration = QUICConfiguration(),
        listenerConfiguration: QUICConfiguration = QUICConfiguration(),
        serverName: String = "foo",
        dialerIdentity: QUICIdentity? = nil,
        listenerIdentity: QUICIdentity? = nil,
        dialerVerification: QUICPeerVerification = .insecureServer,
        listenerVerification: QUICPeerVerification = .none,
        limits: QUICDemultiplexer.Limits = .init()
    ) throws {
        toListener = VirtualLink(seed: seed)
        toDialer = VirtualLink(seed: seed &+ 1_000_000)
        dialer = Endpoint(
            try QUICConnection(
                dialingAs: serverName,
                credentials: QUICCredentials(dialerIdentity),
                verification: dialerVerification,
                configuration: dialerConfiguration,
                now: now
            )
        )
        demultiplexer = QUICDemultiplexer(
            credentials: try QUICCredentials(listenerIdentity ?? TestIdentities.insecure),
            configuration: listenerConfiguration,
            limits: limits,
            verification: { _ in listenerVerification }
        )
    }

    deinit { buffer.deallocate() }

    /// A network whose handshake is completed on both sides.
    static func connected(
        seed: UInt64 = 1,
        dialerConfiguration: QUICConfiguration = QUICConfiguration(),
        listenerConfiguration: QUICConfiguration = QUICConfiguration()
    ) throws -> VirtualNetwork {
        let network = try VirtualNetwork(
            seed: seed,
            dialerConfiguration: dialerConfiguration,
            listenerConfiguration: listenerConfiguration
        )
        try network.run { network.isConnected }
        return network
    }

    var isConnected: Bool { dialer.connection.isEstablished && listener?.connection.isEstablished == true }

    /// The listener's connection, which must be there.
    func accepted() throws -> Endpoint {
        guard let listener else { throw Stalled("no connection was accepted") }
        return listener
    }

    /// Opens a stream on the dialer, with a byte on it, and waits until the listener knows it.
    func openStream() throws -> QUICStreamID {
        let stream = try dialer.connection.openStream()
        try dialer.write("!", to: stream)
        let listener = try accepted()
        try run { listener.has(.streamOpened(stream)) && listener.connection.readableBytes(on: stream) == 1 }
        _ = try listener.read(stream)
        return stream
    }

    // MARK: Time

    /// Lets things happen until a condition holds.
    ///
    /// - Parameter limit: how much virtual time may pass.
    func run(within limit: Duration = .seconds(600), until isDone: () throws -> Bool) throws {
        let end = now + limit
        while true {
            try step()
            if try isDone() { return }
            guard let next = nextMoment else { throw Stalled("nothing will ever happen again") }
            guard next <= end else { throw Stalled("it did not happen within \(limit)") }
            try advance(to: next)
        }
    }

    /// Lets things happen for a time.
    func run(for duration: Duration) throws {
        let end = now + duration
        while true {
            try step()
            guard let next = nextMoment, next <= end else { break }
            try advance(to: next)
        }
        now = end
        try step()
    }

    private func advance(to next: QUICInstant) throws {
        hurry = next <= now ? hurry + 1 : 0
        guard hurry < 100 else { throw Stalled("a timer is due again and again, and nothing comes of it") }
        now = max(next, now + .microseconds(1))
    }

    private func step() throws {
        steps += 1
        while let datagram = toListener.receive(now: now) { deliverToListener(datagram) }
        while let datagram = toDialer.receive(now: now) {
            datagram.withUnsafeBytes { dialer.connection.receive($0, now: now) }
        }
        try drive(dialer, link: \.toListener)
        if let listener { try drive(listener, link: \.toDialer) }
    }

    private func deliverToListener(_ datagram: [UInt8]) {
        let outcome = datagram.withUnsafeBytes { demultiplexer.receive($0, from: dialerNode, now: now) }
        switch outcome {
        case .accepted(let connection, dropped: _) where listener == nil:
            let endpoint = Endpoint(connection)
            endpoint.handler = { [unowned self] in try listenerHandler($0, $1) }
            listener = endpoint
        case .reply(let bytes), .refused(let bytes): bytes.withUnsafeBytes { toDialer.send($0, now: now) }
        case .accepted, .received, .ignored: break
        }
    }

    private func drive(_ endpoint: Endpoint, link: ReferenceWritableKeyPath<VirtualNetwork, VirtualLink>) throws {
        if let deadline = endpoint.connection.deadline, deadline <= now { endpoint.connection.handleTimeout(now: now) }
        try endpoint.handleEvents()
        while !self[keyPath: link].isFull {
            let count = endpoint.connection.nextDatagram(into: buffer, now: now)
            guard count > 0 else { break }
            self[keyPath: link].send(UnsafeRawBufferPointer(rebasing: buffer[..<count]), now: now)
        }
        try endpoint.handleEvents()
    }

    private var nextMoment: QUICInstant? {
        let deadlines = [
            toListener.isFull ? nil : dialer.connection.deadline,
            toDialer.isFull ? nil : listener?.connection.deadline,
        ]
        return (deadlines + [toListener.nextArrival, toDialer.nextArrival]).compactMap { $0 }.min()
    }
}

enum TestIdentities {
    /// Made once: making keys takes time.
    static let insecure: QUICIdentity? = try? QUICIdentity.selfSigned()
}
