internal import Netceptor
public import NIOCore
internal import Synchronization

/// A reliable stream of bytes between a service of this node and one of another, or of this one (mesh-protocol §4).
///
/// One task at a time may read, and one may write. The stream stays until it is closed: whoever gets one closes it.
public final class MeshStream: Sendable {
    /// The name of the node at the other end.
    public let peer: String
    /// The event loop of the mesh.
    public let eventLoop: any EventLoop
    let connection: NIOLoopBound<StreamConnection>

    /// Must be made on the event loop.
    init(_ connection: StreamConnection, eventLoop: any EventLoop) {
        peer = connection.peer.name
        self.eventLoop = eventLoop
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
    }

    /// Tells the operations of all streams apart, so that a cancellation that comes late hits no other one.
    private static let lastOperation = Atomic<UInt64>(0)

    private func run(_ body: @escaping @Sendable (StreamConnection) -> Void) {
        if eventLoop.inEventLoop {
            body(connection.value)
        } else {
            eventLoop.execute { body(self.connection.value) }
        }
    }

    /// Begins an operation, which keeps a promise, and waits for that; a cancelled task gives it up.
    private func perform<Value: Sendable>(
        _ begin: @escaping @Sendable (StreamConnection, UInt64, EventLoopPromise<Value>) -> Void,
        onCancel cancel: @escaping @Sendable (StreamConnection, UInt64) -> Void
    ) async throws -> Value {
        let promise = eventLoop.makePromise(of: Value.self)
        let operation = Self.lastOperation.add(1, ordering: .relaxed).newValue
        run { begin($0, operation, promise) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            eventLoop.execute { cancel(self.connection.value, operation) }
        }
    }

    /// Waits for the next bytes.
    ///
    /// - Returns: `nil` when the other side has ended its direction.
    /// - Throws: when the stream broke or the task is cancelled.
    public func read() async throws -> ByteBuffer? {
        try await perform({ $0.read($1, $2) }, onCancel: { $0.cancelRead($1) })
    }

    /// Writes bytes; returns when the stream has taken them, which is what slows a fast writer down.
    ///
    /// - Throws: when the stream broke, the other side wants no more of it, or the task is cancelled: then some of the
    ///   bytes may have gone.
    public func write(_ bytes: ByteBuffer) async throws {
        try await perform({ $0.write($1, bytes, $2) }, onCancel: { $0.cancelWrite($1) })
    }

    /// Waits until a write is worth the while, so that nothing has to be at hand before.
    ///
    /// - Parameter limit: how many bytes there are to write.
    /// - Returns: how many of them the next write may have, so that it does not wait. They are kept free for it.
    /// - Throws: as ``write(_:)``.
    public func room(atMost limit: Int) async throws -> Int {
        try await perform({ $0.awaitRoom($1, atMost: limit, $2) }, onCancel: { $0.cancelWrite($1) })
    }

    /// Ends this side's direction behind everything that was written; reading goes on.
    public func finish() { run { $0.finish() } }

    /// Whether the other side has not given the stream up.
    public func isPeerPresent() async -> Bool {
        (try? await eventLoop.value { self.connection.value.isPeerPresent }) ?? false
    }

    /// Calls the handler once, when the connection is gone; at once if it is already.
    public func whenGone(_ handler: @escaping @Sendable () -> Void) { run { $0.whenGone(handler) } }

    /// Closes the stream in both directions when everything that was written has arrived.
    public func closeInPeace() { run { $0.closeInPeace() } }

    /// Closes the stream in both directions at once: what has not arrived is lost.
    public func close() { run { $0.close(reason: "normal close") } }
}
