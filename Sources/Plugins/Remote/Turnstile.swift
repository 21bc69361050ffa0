internal import Synchronization

/// Lets one task at a time through, in the order of their coming.
final class Turnstile: Sendable {
    private struct State {
        var isTaken = false
        var nextID: UInt64 = 0
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())

    /// Waits for the turn. Whoever got it calls ``leave()`` or ``leave(failing:)``.
    ///
    /// - Throws: `CancellationError`, or what somebody left behind with ``leave(failing:)``.
    func enter() async throws {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if !state.isTaken {
                        state.isTaken = true
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

    /// Lets the next one through.
    func leave() {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil as CheckedContinuation<Void, any Error>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }

    /// Sends all away who wait, since none of them would do better.
    func leave(failing error: any Error) {
        let all = state.withLock { state in
            defer {
                state.waiting = []
                state.isTaken = false
            }
            return state.waiting
        }
        for one in all { one.continuation.resume(throwing: error) }
    }
}
