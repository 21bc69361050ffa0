internal import Logging
internal import NIOCore
internal import Netceptor
internal import TimeFormats

/// One link over a channel: how much it queues, whom it makes wait, how it ends (mesh-protocol §2). It knows no framing:
/// that is the codec's.
///
/// Back-pressure goes hop by hop: while the link that messages go out by has more than enough to send, nothing is read
/// from the link that they come in by. A neighbour that takes nothing for a while is not waited for: what goes to it is
/// dropped then, and no other link suffers.
final class LinkSession<Codec: LinkCodec>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let core: MeshCore
    private let source: String
    private let options: LinkOptions
    private let host: String?
    private let logger: Logger
    private var channel: (any Channel)?
    private var id: LinkID?

    private var incoming = ByteBuffer()
    private var isPaused = false

    private var decoder: Codec
    private var outgoing: OutgoingMessages<Codec>
    private var isWriting = false
    private var isDirty = false
    private var isClosing = false
    private var drainWaiters: [() -> Void] = []
    private(set) var isStalled = false
    /// Whether both sides have taken the link, and neither has refused it since.
    private(set) var isAccepted = false
    /// Why one of the sides does not want the link.
    private(set) var refusal: LinkEnd?
    private var stallTimer: Scheduled<Void>?
    private var dropped = 0

    /// How long a neighbour may take nothing before it is not waited for.
    private static var stallTime: TimeAmount { .seconds(2) }
    /// How long what is queued may take to go out when the link is closed.
    private static var closingTime: TimeAmount { .milliseconds(500) }

    /// - Parameters:
    ///   - source: the address of the listener or peer of the configuration that the link comes from.
    ///   - host: who opened the session; `nil` when this node did.
    init(
        _ codec: Codec,
        core: MeshCore,
        source: String,
        openedBy host: String? = nil,
        options: LinkOptions,
        logger: Logger
    ) {
        self.source = source
        self.host = host
        decoder = codec
        outgoing = OutgoingMessages(codec)
        self.core = core
        self.options = options
        self.logger = logger
    }

    // MARK: The channel's events

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        logger.debug("session opened")
        id = core.open(self, options)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if incoming.readableBytes == 0 {
            incoming = bytes
        } else {
            incoming.discardReadBytes()
            incoming.writeBuffer(&bytes)
        }
        processMessages()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stallTimer?.cancel()
        stallTimer = nil
        channel = nil
        releaseWaiters()
        if let id { core.closed(id) }
        id = nil
        logger.debug("session closed")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("session broken", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    // MARK: Receiving

    private func processMessages() {
        guard !isPaused, !isClosing, let id else { return }
        core.turn { now in
            var full: (any MeshLink)?
            let taken = incoming.withUnsafeReadableBytes { bytes in
                var start = 0
                // A message may be the link's last: what comes behind it is nobody's.
                while full == nil, !isClosing, let message = decoder.nextMessage(in: bytes, from: &start) {
                    full = core.receive(message, on: id, at: now)
                }
                return start
            }
            incoming.moveReaderIndex(forwardBy: taken)
            if incoming.readableBytes == 0 { incoming = ByteBuffer() }
            if let full { pause(until: full) }
        }
    }

    private func pause(until link: any MeshLink) {
        isPaused = true
        try? channel?.syncOptions?.setOption(.autoRead, value: false)
        link.whenDrained { [self] in
            isPaused = false
            processMessages()
            if !isPaused { try? channel?.syncOptions?.setOption(.autoRead, value: true) }
        }
    }
}

// MARK: - Sending

extension LinkSession: MeshLink {
    var isFull: Bool { outgoing.count >= OutgoingMessages<Codec>.fullness }

    func whenDrained(_ waiter: @escaping () -> Void) {
        // Nothing will be heard of a session that is over.
        guard channel != nil else { return core.isolated.execute(waiter) }
        drainWaiters.append(waiter)
    }

    func send(_ message: UnsafeRawBufferPointer) { queued(outgoing.append(message)) }

    func forward(_ message: UnsafeRawBufferPointer, hopsToLive: UInt8) {
        // A neighbour that takes nothing: the sender's protocol repeats what it misses.
        guard !(isFull && isStalled) else { return dropMessage() }
        queued(outgoing.append(message, hopsToLive: hopsToLive))
    }

    func send(header: [UInt8], limit: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        let length = outgoing.append(header: header, limit: limit, fill)
        if length > 0 { queued(true) }
        return length
    }

    private func queued(_ isQueued: Bool) {
        guard isQueued else { return dropMessage() }
        guard !isDirty else { return }
        isDirty = true
        core.markDirty(self)
    }

    private func dropMessage() {
        dropped += 1
        // Ever more rarely: the log must not grow as fast as others send.
        guard dropped.nonzeroBitCount == 1 else { return }
        core.tell(
            .warning,
            "messages dropped: the neighbour does not take them",
            metadata: ["dropped": "\(dropped)"],
            by: logger
        )
    }

    func flush() {
        isDirty = false
        if isFull { watchForStall() }
        guard !isWriting, outgoing.count > 0, let channel else { return }
        isWriting = true
        let batch = outgoing.takeBatch()
        let promise = core.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            self.isWriting = false
            if case .success = result { self.written(batch) }
        }
        channel.writeAndFlush(batch, promise: promise)
    }

    private func written(_ batch: ByteBuffer) {
        outgoing.recycle(batch)
        stallTimer?.cancel()
        stallTimer = nil
        isStalled = false
        if outgoing.count > 0 {
            flush()
        } else if isClosing {
            channel?.close(promise: nil)
        }
        // Soon, not now: the turn in which they go on may fill the link again.
        if !drainWaiters.isEmpty, !isFull { core.isolated.execute { self.releaseWaiters() } }
    }

    private func releaseWaiters() {
        let waiters = drainWaiters
        drainWaiters = []
        for waiter in waiters { waiter() }
    }

    private func watchForStall() {
        guard stallTimer == nil, !isStalled else { return }
        stallTimer = core.isolated.scheduleTask(in: Self.stallTime) {
            self.isStalled = true
            self.core.tell(
                .warning,
                "the neighbour takes no messages: those that pass through to it are dropped",
                by: self.logger
            )
            self.releaseWaiters()
            let rest = TimeAmount.nanoseconds(self.core.longestStall.clampedNanoseconds) - Self.stallTime
            self.stallTimer = self.core.isolated.scheduleTask(in: rest) {
                self.core.tell(.warning, "link closed: the neighbour took no messages for too long", by: self.logger)
                self.channel?.close(promise: nil)
            }
        }
    }

    // MARK: State

    var strangerHost: String? { isAccepted ? nil : host }

    func drop() {
        logger.debug("session dropped: there are too many of those that no link has come of")
        channel?.close(promise: nil)
    }

    func established(with peer: NodeID) {
        isAccepted = true
        core.ends.forget(source)
        core.tell(.notice, "link established", metadata: ["node": "\(peer)"], by: logger)
    }

    func close(_ end: LinkEnd) {
        guard !isClosing, let channel else { return }
        isClosing = true
        if end.isRefusal {
            isAccepted = false
            refusal = end
        }
        let isNews = end != .shutDown && core.ends.isNews("\(end)", from: source, at: ClockReading.now.nanoseconds)
        core.tell(isNews ? .warning : .debug, "link closed", metadata: ["reason": "\(end)"], by: logger)
        flush()
        guard isWriting else { return channel.close(promise: nil) }
        core.isolated.scheduleTask(in: Self.closingTime) { self.channel?.close(promise: nil) }
    }
}
