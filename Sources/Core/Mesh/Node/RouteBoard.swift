internal import Synchronization

/// What others than the event loop may know of the routes at any time.
public final class RouteBoard: Sendable {
    private struct State {
        var version: UInt64 = 0
        var reachable: Set<String> = []
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    init() {}

    /// A number that grows with each change of the routes.
    public var version: UInt64 { state.withLock { $0.version } }

    /// Whether a route leads to a node.
    public func reaches(_ node: String) -> Bool { state.withLock { $0.reachable.contains(node) } }

    /// Waits until routes are others than at that version, or the task is cancelled.
    public func changed(since version: UInt64) async {
        let id = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
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

    func publish(reachable: Set<String>) {
        let waiters = state.withLock { state in
            state.version += 1
            state.reachable = reachable
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}
