internal import NIOCore
internal import Netceptor
internal import QUIC
internal import TimeFormats

/// One QUIC connection through the mesh with the one stream that it is for (mesh-protocol §4), on the event loop.
final class StreamConnection {
    /// Where the connection is in its life.
    private enum Phase {
        /// The handshake goes on, or its stream and the stream's first byte are awaited.
        case opening
        /// The stream is there for use.
        case open
        /// Nobody here uses it any more; what was written still has to arrive.
        case lingering
        /// It is over.
        case closed(any Error)
    }

    static let configuration = QUICConfiguration()

    let quic: QUICConnection
    /// The node at the other end.
    var peer: NodeID { envelope.destination }
    /// Whether the connection is in the list of those to drive.
    var isScheduled = false

    private let core: MeshCore
    private let envelope: Envelope
    private var header: (hopsToLive: UInt8, bytes: [UInt8]) = (0, [])
    private let onOpen: (StreamConnection) -> Void
    private let onFinished: (StreamConnection) -> Void
    private var phase = Phase.opening
    private var stream: QUICStreamID?
    private var isWaitingForLink = false
    private var isWaitingForRoute = false
    private var isFinishing = false

    private var reader: (operation: UInt64, promise: EventLoopPromise<ByteBuffer?>)?
    private var writer: (operation: UInt64, bytes: ByteBuffer, promise: EventLoopPromise<Void>)?
    private var roomWaiter: (operation: UInt64, limit: Int, promise: EventLoopPromise<Int>)?
    private var goneHandlers: [() -> Void] = []
    private var timer: (task: Scheduled<Void>, due: QUICInstant)?
    private var limit: Scheduled<Void>?

    /// The most that one read gives.
    private static let readSize = 1 << 20
    /// How long a dialer may take to open its stream.
    private static let openingTime = TimeAmount.seconds(60)
    /// How long what was written may take to arrive when nobody here waits for it.
    private static let lingeringTime = TimeAmount.seconds(120)
    /// The code with which the side that does not want a stream any more says so.
    private static let cancelledCode: UInt64 = 499
    /// The code for dialers that do not open their stream as they should.
    private static let acceptErrorCode: UInt64 = 500

    /// - Parameters:
    ///   - envelope: that of each datagram to the peer.
    ///   - onOpen: called once, when the stream is there for use.
    ///   - onFinished: called once, when nothing will come of the connection any more.
    init(
        _ quic: QUICConnection,
        _ envelope: Envelope,
        core: MeshCore,
        onOpen: @escaping (StreamConnection) -> Void,
        onFinished: @escaping (StreamConnection) -> Void
    ) {
        self.quic = quic
        self.envelope = envelope
        self.core = core
        self.onOpen = onOpen
        self.onFinished = onFinished
    }

    /// Closes the connection unless its stream is open in time.
    func limitOpening() {
        limit = core.isolated.scheduleTask(in: Self.openingTime) {
            self.close(code: Self.acceptErrorCode, reason: "accept timeout")
        }
    }

    // MARK: Driving

    /// Does everything that can be done now.
    func drive(_ now: ClockReading) {
        isScheduled = false
        repeat { handleEvents() } while sendDatagrams(now)
        armTimer(now)
        guard quic.isFinished else { return }
        core.stopWaitingForRoute(self)
        timer?.task.cancel()
        timer = nil
        limit?.cancel()
        if case .closed = phase {} else { end(QUICError(.connectionClosed, "the connection is closed")) }
        onFinished(self)
    }

    /// Sends as much as the link takes.
    ///
    /// - Returns: whether anything was sent.
    private func sendDatagrams(_ now: ClockReading) -> Bool {
        guard !isWaitingForLink, !isWaitingForRoute else { return false }
        var hasSent = false
        while true {
            let length: Int
            switch core.exit(for: envelope) {
            case .link(let link, let hopsToLive):
                guard !link.isFull else {
                    wait(for: link)
                    return hasSent
                }
                length = link.send(header: header(hopsToLive), limit: Self.configuration.maximumDatagramSize) {
                    quic.nextDatagram(into: $0, now: now.quic)
                }
            case .here:
                let datagram = nextDatagram(now)
                length = datagram.count
                if length > 0 { core.loopBack(datagram, envelope) }
            case .other:
                guard canSendWithoutRoute else {
                    waitForRoute()
                    return hasSent
                }
                let datagram = nextDatagram(now)
                length = datagram.count
                if length > 0 { send(datagram, now) }
            }
            guard length > 0 else { return hasSent }
            hasSent = true
        }
    }

    private func send(_ datagram: [UInt8], _ now: ClockReading) {
        do throws(MeshError) {
            try core.send(datagram, envelope, at: now)
        } catch {
            // An open connection lives through a time without a route: QUIC sends again what did not arrive.
            if case .opening = phase { abandon(error) }
        }
    }

    /// While no route leads to the peer, a connection says nothing: what it would send is lost, and with each loss it
    /// would wait longer before it tries again. A dialer hears at once that it cannot connect; a listener may hear of the
    /// dialer before it hears of the way back.
    private var canSendWithoutRoute: Bool {
        if case .opening = phase, quic.role == .dialer { return true }
        return quic.isOver || core.state.routes.reaches(peer)
    }

    private func waitForRoute() {
        isWaitingForRoute = true
        core.waitForRoute(self)
    }

    /// The routes are other ones: whoever waits looks again.
    func routesChanged() {
        isWaitingForRoute = false
        core.turn { now in
            // What was due meanwhile is sent at once.
            if core.state.routes.reaches(peer) { handleTimeout(now) }
            core.schedule(self)
        }
    }

    private func nextDatagram(_ now: ClockReading) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.configuration.maximumDatagramSize) { buffer, count in
            count = quic.nextDatagram(into: UnsafeMutableRawBufferPointer(buffer), now: now.quic)
        }
    }

    private func header(_ hopsToLive: UInt8) -> [UInt8] {
        if header.bytes.isEmpty || header.hopsToLive != hopsToLive {
            var outgoing = envelope.header
            outgoing.hopsToLive = hopsToLive
            header = (hopsToLive, [])
            outgoing.write(to: &header.bytes)
        }
        return header.bytes
    }

    private func wait(for link: any MeshLink) {
        isWaitingForLink = true
        link.whenDrained { [self] in
            isWaitingForLink = false
            core.turn { now in
                handleTimeout(now)
                core.schedule(self)
            }
        }
    }

    /// A timer that is early is left as it is: most deadlines move before they come.
    private func armTimer(_ now: ClockReading) {
        // Who cannot send has nothing to do at any time, but does not wait for ever.
        guard let deadline = isWaitingForLink || isWaitingForRoute ? quic.silenceDeadline : quic.deadline else {
            return
        }
        if let timer {
            guard deadline < timer.due else { return }
            timer.task.cancel()
        }
        let delay = max(deadline - now.quic, .microseconds(100))
        let task = core.isolated.scheduleTask(in: .nanoseconds(delay.clampedNanoseconds)) {
            self.timer = nil
            self.core.turn { now in
                self.handleTimeout(now)
                self.core.schedule(self)
            }
        }
        timer = (task, deadline)
    }

    private func handleTimeout(_ now: ClockReading) {
        if isWaitingForLink || isWaitingForRoute { return quic.endAfterSilence(now: now.quic) }
        if let deadline = quic.deadline, deadline <= now.quic { quic.handleTimeout(now: now.quic) }
    }

    /// This process stood still: a peer that has heard nothing for too long has given the connection up.
    func clockJumped(at now: ClockReading) {
        quic.endAfterSilence(now: now.quic)
        core.schedule(self)
    }

    // MARK: Events

    private func handleEvents() {
        while let event = quic.nextEvent() {
            switch event {
            case .handshakeCompleted: openStream()
            case .streamOpened(let id): streamOpened(id)
            case .readable: readable()
            case .writable:
                continueWriting()
                tellRoom()
            case .stopped: failWriter(QUICError(.streamNotWritable, "the other side does not want any more"))
            case .streamClosed: if case .lingering = phase { quic.close() }
            case .streamsAvailable: openStream()
            case .closed(let closure): end(closure.error ?? QUICError(.connectionClosed, "\(closure)"))
            }
        }
    }

    /// A dialer opens the stream and writes a zero byte, since the listener learns of the stream with its first bytes.
    private func openStream() {
        guard quic.role == .dialer, stream == nil else { return }
        do throws(QUICError) {
            let id = try quic.openStream()
            stream = id
            _ = try withUnsafeBytes(of: UInt8(0)) { zero throws(QUICError) in try quic.write(zero, to: id) }
        } catch {
            // More are allowed later, which is told; or the connection is over, which is told as well.
            return
        }
        opened()
    }

    private func streamOpened(_ id: QUICStreamID) {
        guard quic.role == .listener, stream == nil else {
            // One is all that a connection is for.
            quic.stopReading(id, code: Self.acceptErrorCode)
            quic.reset(id, code: Self.acceptErrorCode)
            return
        }
        stream = id
    }

    private func opened() {
        limit?.cancel()
        limit = nil
        phase = .open
        onOpen(self)
    }

    private func readable() {
        switch phase {
        case .opening: readFirstByte()
        case .open: continueReading()
        case .lingering, .closed: break
        }
    }

    private func readFirstByte() {
        guard let stream else { return }
        var first: UInt8 = 0xff
        let result = try? withUnsafeMutableBytes(of: &first) { byte throws(QUICError) in
            try quic.read(from: stream, into: byte)
        }
        switch result {
        case .bytes where first == 0: opened()
        case .pending: break
        default: close(code: Self.acceptErrorCode, reason: "the stream does not begin with a zero byte")
        }
    }

    /// The connection is over for everybody here.
    private func end(_ error: any Error) {
        if case .closed = phase { return }
        phase = .closed(error)
        limit?.cancel()
        limit = nil
        // What has arrived can still be read.
        continueReading()
        reader?.promise.fail(error)
        reader = nil
        failWriter(error)
        let handlers = goneHandlers
        goneHandlers = []
        for handler in handlers { handler() }
    }

    // MARK: What others tell of the peer

    /// Whether a notice is about this connection.
    func isConcerned(by notice: UnreachableNotice) -> Bool {
        notice.message.toNode == peer && notice.message.toService == envelope.destinationService
    }

    /// A datagram to the peer was not delivered.
    func noticeUnreachable(_ notice: UnreachableNotice, at now: ClockReading) {
        switch (notice.message.problem, phase) {
        case (.serviceUnknown, _) where notice.reportedBy == peer, (.blockedByFirewall, .opening):
            abandon(MeshError(.serviceUnknown, "\(notice.message.problem)"))
        default: break
        }
    }

    /// A node was started again.
    func nodeRestarted(_ node: NodeID, at now: ClockReading) {
        if node == peer { abandon(MeshError(.serviceUnknown, "node \(node) was started again")) }
    }

    /// Gives the connection up, since there is nobody at the other end.
    private func abandon(_ error: MeshError) {
        core.turn { _ in
            // First: who reads from what is open waits for more.
            quic.close(code: QUICClosure.normalCode, reason: "nobody is there")
            end(error)
            core.schedule(self)
        }
    }

    // MARK: Use

    /// Waits for the next bytes; `nil` at the peer's end.
    func read(_ operation: UInt64, _ promise: EventLoopPromise<ByteBuffer?>) {
        guard reader == nil else { return promise.fail(ChannelError.operationUnsupported) }
        if case .closed(let error) = phase, stream == nil { return promise.fail(error) }
        reader = (operation, promise)
        core.turn { _ in
            continueReading()
            core.schedule(self)
        }
    }

    /// Gives a read up, if it still goes on.
    func cancelRead(_ operation: UInt64) {
        guard let reader, reader.operation == operation else { return }
        self.reader = nil
        reader.promise.fail(CancellationError())
    }

    private func continueReading() {
        guard let reader, let stream else { return }
        do {
            guard let result = try nextBytes(of: stream) else { return }
            self.reader = nil
            reader.promise.succeed(result)
        } catch {
            self.reader = nil
            reader.promise.fail(error)
        }
    }

    /// - Returns: `nil` when there is nothing yet; within it `nil` at the end.
    private func nextBytes(of stream: QUICStreamID) throws -> ByteBuffer?? {
        let size = max(1, min(quic.readableBytes(on: stream), Self.readSize))
        var bytes = ByteBuffer()
        var result = QUICReadResult.pending
        try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space throws(QUICError) in
            result = try quic.read(from: stream, into: UnsafeMutableRawBufferPointer(rebasing: space[..<size]))
            if case .bytes(let count) = result { return count }
            return 0
        }
        switch result {
        case .bytes: return .some(.some(bytes))
        case .pending: return .none
        case .finished: return .some(.none)
        case .reset(let code): throw QUICError(.connectionClosed, "the other side gave the stream up (code \(code))")
        case .connectionClosed:
            if case .closed(let error) = phase { throw error }
            throw QUICError(.connectionClosed, "the connection is closed")
        }
    }

    /// Writes bytes; the promise is kept when the stream has taken them.
    func write(_ operation: UInt64, _ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>) {
        guard case .open = phase, writer == nil else { return promise.fail(closedError) }
        writer = (operation, bytes, promise)
        core.turn { _ in
            continueWriting()
            core.schedule(self)
        }
    }

    private var closedError: any Error {
        if case .closed(let error) = phase { return error }
        return QUICError(.streamNotWritable, "nothing can be written any more")
    }

    private func continueWriting() {
        guard let (operation, rest, promise) = writer, let stream else { return }
        var bytes = rest
        do {
            let taken = try bytes.withUnsafeReadableBytes { try quic.write($0, to: stream) }
            bytes.moveReaderIndex(forwardBy: taken)
            if bytes.readableBytes == 0 {
                writer = nil
                promise.succeed()
            } else {
                writer = (operation, bytes, promise)
            }
        } catch {
            failWriter(error)
        }
    }

    /// Waits until a write would be worth the while; the promise is kept with how many bytes it may have.
    func awaitRoom(_ operation: UInt64, atMost limit: Int, _ promise: EventLoopPromise<Int>) {
        guard case .open = phase, writer == nil, roomWaiter == nil else { return promise.fail(closedError) }
        roomWaiter = (operation, limit, promise)
        tellRoom()
    }

    private func tellRoom() {
        guard let (_, limit, promise) = roomWaiter, let stream else { return }
        do {
            let room = try quic.room(on: stream, atMost: limit)
            guard room > 0 else { return }
            roomWaiter = nil
            promise.succeed(room)
        } catch {
            failWriter(error)
        }
    }

    /// Gives a write, or a wait for room, up if it still goes on.
    func cancelWrite(_ operation: UInt64) {
        if writer?.operation == operation || roomWaiter?.operation == operation { failWriter(CancellationError()) }
    }

    private func failWriter(_ error: any Error) {
        let (writing, waiting) = (writer?.promise, roomWaiter?.promise)
        writer = nil
        roomWaiter = nil
        writing?.fail(error)
        waiting?.fail(error)
    }

    /// Ends this side's direction behind everything that was written.
    func finish() {
        guard case .open = phase, !isFinishing, let stream else { return }
        isFinishing = true
        failWriter(closedError)
        core.turn { _ in
            // Where nothing can be written any more there is nothing to end.
            try? quic.finish(stream)
            core.schedule(self)
        }
    }

    /// Whether the peer still is there to hear an answer.
    var isPeerPresent: Bool {
        if case .open = phase { return true }
        return false
    }

    /// Calls back once the connection is gone; at once if it is.
    func whenGone(_ handler: @escaping () -> Void) {
        if case .closed = phase { return handler() }
        goneHandlers.append(handler)
    }

    /// Calls back with the reason once the connection is gone.
    func whenFailed(_ handler: @escaping (any Error) -> Void) {
        goneHandlers.append { [unowned self] in handler(closedError) }
    }

    /// Ends the connection when everything that was written has arrived.
    func closeInPeace() {
        guard case .open = phase, let stream else { return close(reason: QUICClosure.normalReason) }
        phase = .lingering
        failWriter(closedError)
        core.turn { _ in
            // As in finish().
            if !isFinishing { try? quic.finish(stream) }
            quic.stopReading(stream, code: Self.cancelledCode)
            core.schedule(self)
        }
        limit = core.isolated.scheduleTask(in: Self.lingeringTime) { self.close(reason: QUICClosure.normalReason) }
    }

    /// Ends the connection at once.
    func close(code: UInt64 = QUICClosure.normalCode, reason: String) {
        core.turn { _ in
            quic.close(code: code, reason: reason)
            core.schedule(self)
        }
    }

    /// Leaves nothing behind: the node stops, and what the peer should hear was sent.
    func abandon() {
        end(QUICError(.connectionClosed, "the node stops"))
        timer?.task.cancel()
        timer = nil
    }
}
