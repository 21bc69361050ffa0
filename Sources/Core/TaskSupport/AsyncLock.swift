internal import DequeModule
internal import Synchronization

/// A lock that tasks wait for without blocking a thread, in the order of their coming; a number of them may hold it.
public final class AsyncLock: Sendable {
    private struct State {
        var holders = 0
        var nextID: UInt64 = 0
        var waiting: Deque<(id: UInt64, continuation: CheckedContinuation<Void, any Error>)> = []
    }

    private let state = Mutex(State())

    private let limit: Int

    /// A lock that nobody holds, and so many at a time may.
    public init(limit: Int = 1) { self.limit = limit }

    /// Waits for the lock. Whoever got it calls ``unlock()`` or ``unlock(failing:)``.
    ///
    /// - Throws: `CancellationError`, or what somebody left behind with ``unlock(failing:)``.
    public func lock() async throws {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.holders < limit {
                        state.holders += 1
                        return .success(())
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    /// Gives the lock to the next one.
    public func unlock() {
        let next = state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.holders -= 1 }
            return next?.continuation
        }
        next?.resume()
    }

    /// Sends all away who wait, since none of them would do better.
    public func unlock(failing error: any Error) {
        let all = state.withLock { state in
            defer {
                state.waiting = []
                state.holders -= 1
            }
            return state.waiting
        }
        for one in all { one.continuation.resume(throwing: error) }
    }
}
