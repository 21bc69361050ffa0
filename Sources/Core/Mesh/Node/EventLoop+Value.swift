internal import NIOCore

extension EventLoop {
    /// Runs a body on the event loop and waits for what it returns.
    ///
    /// - Throws: what the body throws; `CancellationError` as soon as the task is cancelled, whether the body runs or not.
    func value<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let promise = makePromise(of: Value.self)
        execute { promise.completeWith(Result(catching: body)) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }
}
