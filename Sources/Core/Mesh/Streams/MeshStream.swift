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

    /// Waits for the next bytes.
    ///
    /// - Returns: `nil` when the other side has ended its direction.
    /// - Throws: when the stream broke or the task is cancelled.
    public func read() async throws -> ByteBuffer? {
        let promise = eventLoop.makePromise(of: ByteBuffer?.self)
        let operation = Self.lastOperation.add(1, ordering: .relaxed).newValue
        run { $0.read(operation, promise) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            eventLoop.execute { self.connection.value.cancelRead(operation) }
        }
    }

    /// Writes bytes; returns when the stream has taken them, which is what slows a fast writer down.
    ///
    /// - Throws: when the stream broke, the other side wants no more of it, or the task is cancelled: then some of the
    ///   bytes may have gone.
    public func write(_ bytes: ByteBuffer) async throws {
        let promise = eventLoop.makePromise(of: Void.self)
        let operation = Self.lastOperation.add(1, ordering: .relaxed).newValue
        run { $0.write(operation, bytes, promise) }
        try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            eventLoop.execute { self.connection.value.cancelWrite(operation) }
        }
    }

    /// Waits until a write is worth the while, so that nothing has to be at hand before.
    ///
    /// - Parameter limit: how many bytes there are to write.
    /// - Returns: how many of them the next write may have, so that it does not wait. They are kept free for it.
    /// - Throws: as ``write(_:)``.
    public func room(atMost limit: Int) async throws -> Int {
        let promise = eventLoop.makePromise(of: Int.self)
        let operation = Self.lastOperation.add(1, ordering: .relaxed).newValue
        run { $0.awaitRoom(operation, atMost: limit, promise) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            eventLoop.execute { self.connection.value.cancelWrite(operation) }
        }
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
