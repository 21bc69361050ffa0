import CQUIC

/// One QUIC v1 connection, without IO: datagrams go in and come out, and a timer is told what time it is.
///
/// A connection is driven by whoever has the socket, or the mesh:
///
/// - a datagram has come: ``receive(_:now:)``;
/// - ``deadline`` has passed: ``handleTimeout(now:)``;
/// - after either, and after every operation on streams: take all events with ``nextEvent()`` and send what
///   ``nextDatagram(into:now:)`` gives, by turns until there is nothing more of either; then look at ``deadline`` again.
///
/// While datagrams cannot be sent, do not call ``nextDatagram(into:now:)``: a full link holds the connection back, and
/// through ``write(_:to:)`` whoever produces the bytes. What arrives is held for the reader, and the peer may send more
/// only as ``read(from:into:)`` takes it: memory is bounded in both directions by the ``QUICConfiguration``.
///
/// A connection belongs to one thread or event loop, like everything that is used with it; it has no locks and is not
/// `Sendable`. Keep it until ``isFinished``: after the end it answers late packets for a moment.
public final class QUICConnection {
    /// Which side of the connection this is.
    public enum Role: Sendable, Hashable {
        /// The side that opened it.
        case dialer
        /// The side that was dialled.
        case listener
    }

    enum Phase: Equatable {
        case handshaking
        case established
        /// Closed here: the peer is told, again when it goes on sending.
        case closing(until: QUICInstant)
        /// Closed by the peer: packets that come late are taken and ignored.
        case draining(until: QUICInstant)
        case finished
    }

    /// Which side this is.
    public let role: Role
    /// What it allows itself and its peer.
    public let configuration: QUICConfiguration

    let handle: OpaquePointer
    /// Kept because the TLS session refers to them.
    private let credentials: QUICCredentials
    private let verification: QUICPeerVerification

    var phase = Phase.handshaking
    /// The moment of the first call.
    let start: QUICInstant
    /// The latest moment that was told.
    var latest: QUICInstant
    /// The moment of the latest packet from the peer.
    private var latestPacket: QUICInstant
    var events = Queue<QUICEvent>()
    /// Why the peer's certificate was refused.
    var refusal: QUICError?

    var streams: [QUICStreamID: StreamState] = [:]
    /// The streams that have something to send, in the order of their turns.
    var schedule = Queue<StreamState>()
    /// Whether no packet of the handshake will be sent any more.
    var isConfirmed = false
    /// Bytes sent since the last pause that pacing looked at.
    private var burst = 0
    /// Whether packets have come that may have told a stream to stop.
    private var mayBeStopped = false

    private var closing = ClosingDatagram()

    /// The node that the connection comes from; empty for dialers.
    let peerNode: String
    /// Pays for what is kept until the peer has it; `nil` where nobody counts.
    let account: QUICSendBudget.Account?
    /// Where a listener's connections are found; `nil` for dialers.
    let table: ConnectionTable?
    var registeredIDs: Set<QUICConnectionID> = []

    // MARK: Making

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - serverName: the name to send with the handshake: this node's own ID.
    ///   - credentials: what to show to listeners that ask for a certificate.
    ///   - verification: what the listener must show.
    ///   - sendBudget: what is shared with other connections, and the node that it is counted for.
    /// - Throws: ``QUICError/Code/systemFailure`` when there is no memory.
    public convenience init(
        dialingAs serverName: String,
        credentials: QUICCredentials,
        verification: QUICPeerVerification = .insecureServer,
        configuration: QUICConfiguration = QUICConfiguration(),
        sendBudget: (budget: QUICSendBudget, node: String)? = nil,
        now: QUICInstant
    ) throws(QUICError) {
        let handle = configuration.withSettings(role: .dialer) { settings in
            withUnsafePointer(to: Self.callbacks) { callbacks in
                cq_client_new(callbacks, settings, credentials.handle, serverName, now.nanoseconds)
            }
        }
        try self.init(
            .dialer,
            handle: handle,
            credentials: credentials,
            verification: verification,
            configuration: configuration,
            peerNode: "",
            account: sendBudget.map { $0.budget.account(for: $0.node) },
            table: nil,
            now: now
        )
    }

    /// Accepts a connection; its first datagram still has to be given to ``receive(_:now:)``.
    convenience init(
        accepting initial: cq_initial,
        from node: String,
        credentials: QUICCredentials,
        verification: QUICPeerVerification,
        configuration: QUICConfiguration,
        sendBudget: QUICSendBudget?,
        table: ConnectionTable,
        now: QUICInstant
    ) throws(QUICError) {
        let handle = configuration.withSettings(role: .listener) { settings in
            withUnsafePointer(to: Self.callbacks) { callbacks in
                withUnsafePointer(to: initial) { initial in
                    cq_server_new(
                        callbacks,
                        settings,
                        credentials.handle,
                        initial,
                        verification.clientCertificate,
                        now.nanoseconds
                    )
                }
            }
        }
        try self.init(
            .listener,
            handle: handle,
            credentials: credentials,
            verification: verification,
            configuration: configuration,
            peerNode: node,
            account: sendBudget?.account(for: node),
            table: table,
            now: now
        )
        var source = cq_connection_id()
        cq_source_connection_id(self.handle, &source)
        register(QUICConnectionID(source))
        register(QUICConnectionID(initial.destination))
    }

    private init(
        _ role: Role,
        handle: OpaquePointer?,
        credentials: QUICCredentials,
        verification: QUICPeerVerification,
        configuration: QUICConfiguration,
        peerNode: String,
        account: QUICSendBudget.Account?,
        table: ConnectionTable?,
        now: QUICInstant
    ) throws(QUICError) {
        guard let handle else { throw QUICError(.systemFailure, "cannot make a QUIC connection: out of memory") }
        self.role = role
        self.handle = handle
        self.credentials = credentials
        self.verification = verification
        self.configuration = configuration
        self.peerNode = peerNode
        self.account = account
        self.table = table
        start = now
        latest = now
        latestPacket = now
        cq_set_context(handle, Unmanaged.passUnretained(self).toOpaque())
        table?.began(self)
    }

    deinit {
        finish()
        // The callbacks get `self`, so no call may come after this one.
        cq_connection_free(handle)
    }

    // MARK: State

    /// Whether the handshake is completed and the connection is not closed.
    public var isEstablished: Bool { phase == .established }

    /// Whether the connection is over and silent: nothing will come of it any more.
    public var isFinished: Bool { phase == .finished }

    /// Whether the connection is being made or in use.
    var isOpen: Bool { phase == .handshaking || phase == .established }

    /// The next event, in the order in which they happened; `nil` when there is none.
    public func nextEvent() -> QUICEvent? {
        if events.isEmpty, mayBeStopped, isOpen {
            mayBeStopped = false
            noticeStoppedStreams()
        }
        return events.popFirst()
    }

    func refuse(_ chain: UnsafeBufferPointer<cq_slice>) -> Bool {
        refusal = verification.refusal(of: chain)
        return refusal != nil
    }

    // MARK: Datagrams

    /// Takes a datagram from the peer. One that is not the peer's, or no QUIC packet at all, does nothing.
    public func receive(_ datagram: UnsafeRawBufferPointer, now: QUICInstant) {
        latest = max(latest, now)
        switch phase {
        case .closing: closing.packetCame()
        case .draining, .finished: break
        case .handshaking, .established:
            guard let bytes = datagram.baseAddress, !datagram.isEmpty else { return }
            let status = cq_read(
                handle,
                bytes.assumingMemoryBound(to: UInt8.self),
                datagram.count,
                latest.nanoseconds
            )
            guard status == CQ_OK else { return end(status) }
            latestPacket = latest
            mayBeStopped = true
        }
    }

    /// Writes the next datagram to the peer into a buffer.
    ///
    /// - Parameter buffer: as large as ``QUICConfiguration/maximumDatagramSize``, at least 1,252 bytes.
    /// - Returns: the datagram's length in bytes; zero when there is nothing to send before something else happens.
    public func nextDatagram(into buffer: UnsafeMutableRawBufferPointer, now: QUICInstant) -> Int {
        latest = max(latest, now)
        switch phase {
        case .handshaking, .established: return nextPacket(into: buffer)
        case .closing: return nextClosingDatagram(into: buffer)
        case .draining, .finished: return 0
        }
    }

    private func nextPacket(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // ngtcp2 pads the first packets to the size it is given.
        let limit = isConfirmed ? configuration.maximumDatagramSize : QUICConfiguration.largestHandshakeDatagram
        let space = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(limit))
        while true {
            let stream = nextScheduledStream()
            let (length, status) = writePacket(of: stream, into: space)
            if length > 0 {
                countInBurst(length)
                return length
            }
            switch (status, stream) {
            case (CQ_OK, _):
                endBurst()
                return 0
            case (CQ_STREAM_BLOCKED, let stream?): stream.isBlocked = true
            case (CQ_STREAM_GONE, let stream?): abandonStopped(stream)
            default:
                end(status)
                return isOpen ? 0 : nextDatagram(into: buffer, now: latest)
            }
        }
    }

    /// Writes one packet, with bytes of the stream where they fit.
    private func writePacket(
        of stream: StreamState?,
        into space: UnsafeMutableRawBufferPointer
    ) -> (length: Int, status: cq_status) {
        var taken = -1
        let written: Int
        if let stream {
            written = withSlices(of: stream, limit: space.count) { slices, isLast in
                let written = cq_write(
                    handle,
                    space.baseAddress,
                    space.count,
                    stream.id.rawValue,
                    slices.baseAddress,
                    slices.count,
                    isLast,
                    &taken,
                    latest.nanoseconds
                )
                if taken >= 0 {
                    stream.outgoing.markSent(taken)
                    if isLast, stream.outgoing.unsent == 0 { stream.sending = .finished }
                }
                return written
            }
        } else {
            written = cq_write(
                handle,
                space.baseAddress,
                space.count,
                -1,
                nil,
                0,
                false,
                &taken,
                latest.nanoseconds
            )
        }
        let status = written < 0 ? cq_status(rawValue: cq_status.RawValue(written)) : CQ_OK
        if let stream, status == CQ_OK { reschedule(stream, hadItsTurn: taken >= 0) }
        return (max(0, written), status)
    }

    /// How many bytes go out before pacing is asked whether more may.
    private static let burstLimit = 64 << 10

    private func countInBurst(_ bytes: Int) {
        burst += bytes
        if burst >= Self.burstLimit { endBurst() }
    }

    private func endBurst() {
        guard burst > 0 else { return }
        burst = 0
        // Without a measured round trip the pace would be far too slow.
        if phase == .established { cq_end_burst(handle, latest.nanoseconds) }
    }

    // MARK: Time

    /// When ``handleTimeout(now:)`` has to be called; `nil` for never. Changes with every other call.
    ///
    /// It may lie in the past while datagrams wait to be sent: where the link is full, wait for the link instead.
    public var deadline: QUICInstant? {
        switch phase {
        case .established: instant(cq_deadline(handle))
        case .handshaking: min(handshakeDeadline, QUICInstant(nanoseconds: cq_deadline(handle)))
        case .closing(let end), .draining(let end): end
        case .finished: nil
        }
    }

    /// Whether the connection was closed by either side; only that is left to say.
    public var isOver: Bool { !isOpen }

    /// When the peer will have been silent for as long as a connection lasts; `nil` once the connection is over.
    ///
    /// For callers that cannot send at present: ``deadline`` is about what there is to send.
    public var silenceDeadline: QUICInstant? { isOpen ? latestPacket + configuration.idleTimeout : deadline }

    /// Ends the connection if the peer has been silent for too long: it has given it up.
    public func endAfterSilence(now: QUICInstant) {
        latest = max(latest, now)
        guard isOpen else { return handleTimeout(now: now) }
        if latestPacket + configuration.idleTimeout <= latest { end(CQ_IDLE_TIMEOUT) }
    }

    private var handshakeDeadline: QUICInstant { latestPacket + configuration.handshakeIdleTimeout }

    private func instant(_ nanoseconds: UInt64) -> QUICInstant? {
        nanoseconds == .max ? nil : QUICInstant(nanoseconds: nanoseconds)
    }

    /// Does what was due: sends again what was lost, gives up on a peer that is silent. Does nothing before
    /// ``deadline``.
    public func handleTimeout(now: QUICInstant) {
        latest = max(latest, now)
        switch phase {
        case .handshaking where handshakeDeadline <= latest: end(CQ_HANDSHAKE_TIMEOUT)
        case .handshaking, .established:
            let status = cq_handle_timeout(handle, latest.nanoseconds)
            if status != CQ_OK { end(status) }
        case .closing(let end) where end <= latest, .draining(let end) where end <= latest: finish()
        case .closing, .draining, .finished: break
        }
    }

    // MARK: The end

    /// Closes the connection at once: what was not sent or acknowledged is lost, and so is what the peer still sends.
    ///
    /// To end in peace, wait until ``QUICEvent/streamClosed(_:)`` has come for every stream.
    ///
    /// - Parameters:
    ///   - code: the application's code for the peer, below 2⁶².
    ///   - reason: a text for the peer; at most 256 bytes of it are sent.
    public func close(code: UInt64 = QUICClosure.normalCode, reason: String = QUICClosure.normalReason) {
        guard isOpen else { return }
        var text = reason
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cq_set_application_close(handle, min(code, 1 << 62 - 1), $0.baseAddress, $0.count)
            }
        }
        let error = code == QUICClosure.normalCode ? nil : QUICError(.connectionClosed, reason)
        beginClosing(QUICClosure(origin: .local, code: code, reason: reason, error: error))
    }

    private func nextClosingDatagram(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let length = closing.write(into: buffer) { datagram in
            cq_write_close(
                handle,
                datagram.assumingMemoryBound(to: UInt8.self).baseAddress,
                datagram.count,
                latest.nanoseconds
            )
        }
        // The peer has never heard of the connection: there is nobody to tell.
        if closing.isImpossible { finish() }
        return length
    }

    func beginClosing(_ closure: QUICClosure) {
        let end = latest + lingering
        leaveOpen(for: .closing(until: end), closure)
    }

    func beginDraining(_ closure: QUICClosure) {
        let end = latest + lingering
        leaveOpen(for: .draining(until: end), closure)
    }

    /// How long late packets are expected after the end (RFC 9000 §10.2).
    private var lingering: Duration { .nanoseconds(Int64(clamping: cq_probe_timeout(handle))) * 3 }
}
