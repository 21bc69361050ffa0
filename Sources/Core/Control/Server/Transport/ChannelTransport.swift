internal import LinuxSystem
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import SocketSupport
internal import Workceptor

/// A control connection over a SwiftNIO channel.
///
/// Bytes are read from the socket only when the session asks for them: what the session has not taken stays in the
/// kernel and slows the client down.
struct ChannelTransport: ControlTransport {
    let principal: Principal
    let executor: any TaskExecutor
    private let channel: any Channel
    private let inbound: NIOLoopBound<InboundHandler>

    /// Must be made on the channel's event loop, before the channel is active.
    init(_ channel: any Channel, principal: Principal) throws {
        self.principal = principal
        self.channel = channel
        executor = EventLoopTaskExecutor(channel.eventLoop)
        let handler = InboundHandler()
        inbound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    func read() async throws -> ByteBuffer? {
        let promise = channel.eventLoop.makePromise(of: ByteBuffer?.self)
        channel.eventLoop.execute { inbound.value.read(promise) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            channel.eventLoop.execute { inbound.value.cancelRead() }
        }
    }

    func isClientPresent() async -> Bool {
        do {
            if !principal.isLocal, try await !TCPClientCheck(channel).isClientPresent() { return false }
            // A client that is gone shows in the same turn of the event loop in which its end shows: look one turn
            // later.
            return try await channel.eventLoop.submit { channel.isActive }.get()
        } catch {
            return false
        }
    }

    func write(_ bytes: ByteBuffer) async throws {
        try await orClose { try await channel.writeAndFlush(bytes) }
    }

    /// Does something that waits for the client; when the task is cancelled meanwhile, the connection closes, since
    /// nothing else ends such a wait.
    private func orClose(_ body: () async throws -> Void) async throws {
        try await withTaskCancellationHandler {
            try await body()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// A file that becomes shorter while it is sent would keep the event loop busy for ever: the system takes nothing
    /// and says that it could.
    private struct Shortened: Error, CustomStringConvertible {
        var description: String { "the file became shorter while it was sent" }
    }

    private static let watchInterval = TimeAmount.milliseconds(100)

    func send(_ file: Descriptor, from position: Int64, count: Int64) async throws {
        // The handle is for this call only: the file stays the caller's.
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.number)
        defer { _ = try? handle.takeDescriptorOwnership() }
        // Slices, so that other connections of the event loop get their turns.
        let slice: Int64 = 8 << 20
        var start = position
        while start < position + count {
            let end = min(start + slice, position + count)
            guard try file.size >= end else { throw Shortened() }
            let region = FileRegion(fileHandle: handle, readerIndex: Int(start), endIndex: Int(end))
            let watch = channel.eventLoop.scheduleRepeatedTask(
                initialDelay: Self.watchInterval,
                delay: Self.watchInterval
            ) { [channel] _ in
                if let size = try? file.size, size < end { channel.close(promise: nil) }
            }
            defer { watch.cancel() }
            do { try await orClose { try await channel.writeAndFlush(region) } } catch {
                if let size = try? file.size, size < end { throw Shortened() }
                throw error
            }
            start = end
        }
    }

    func finish() async throws { try await channel.close(mode: .output) }

    func whenGone(_ handler: @escaping @Sendable () -> Void) {
        channel.closeFuture.whenComplete { _ in handler() }
    }

    func close() async {
        // What was sent is with the kernel already: nothing that a client does makes this wait.
        channel.close(promise: nil)
    }
}

/// Hands the bytes of a channel to whoever asks for them, one request at a time.
private final class InboundHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var context: ChannelHandlerContext?
    private var waiting: EventLoopPromise<ByteBuffer?>?
    /// What one read from the socket brought beyond what was asked for.
    private var surplus = CircularBuffer<ByteBuffer>()
    private var isAtEnd = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        fail(ChannelError.ioOnClosedChannel)
    }

    func read(_ promise: EventLoopPromise<ByteBuffer?>) {
        if let bytes = surplus.popFirst() { return promise.succeed(bytes) }
        if isAtEnd { return promise.succeed(nil) }
        guard let context else { return promise.fail(ChannelError.ioOnClosedChannel) }
        guard waiting == nil else { return promise.fail(ChannelError.operationUnsupported) }
        waiting = promise
        context.read()
    }

    func cancelRead() { fail(CancellationError()) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if let waiting {
            self.waiting = nil
            waiting.succeed(bytes)
        } else {
            surplus.append(bytes)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            isAtEnd = true
            waiting?.succeed(nil)
            waiting = nil
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isAtEnd = true
        waiting?.succeed(nil)
        waiting = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func fail(_ error: any Error) {
        waiting?.fail(error)
        waiting = nil
    }
}
