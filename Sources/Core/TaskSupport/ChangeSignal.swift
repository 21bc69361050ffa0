internal import Synchronization

/// Wakes those who wait for a change, so that none of them can miss one.
///
/// Who waits takes the ``version``, looks, and calls ``changed(since:)`` when there is nothing to do yet.
public final class ChangeSignal: Sendable {
    private struct State {
        var version: UInt64 = 0
        var nextID: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// A signal without changes so far.
    public init() {}

    /// A number that grows with each ``notify()``.
    public var version: UInt64 { state.withLock { $0.version } }

    /// Tells of a change.
    public func notify() {
        let waiters = state.withLock { state in
            state.version += 1
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until a condition holds, which changes tell of, or the task is cancelled.
    public func changed(until isSatisfied: () -> Bool) async {
        while case let version = version, !isSatisfied(), !Task.isCancelled { await changed(since: version) }
    }

    /// Waits until there is a change after that version, or the task is cancelled.
    public func changed(since version: UInt64) async {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.version > version || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
