internal import LinuxSystem
internal import Synchronization
internal import TaskSupport

/// What others than the event loop may know of the routes at any time.
public final class ReachableNodes: Sendable {
    private let reachable = Mutex<Set<String>>([])
    private let changes = ChangeSignal()

    init() {}

    /// A number that grows with each change of the routes.
    public var version: UInt64 { changes.version }

    /// Whether a route leads to a node.
    public func reaches(_ node: String) -> Bool { reachable.withLock { $0.contains(node) } }

    /// Waits until routes are others than at that version, or the task is cancelled.
    public func changed(since version: UInt64) async { await changes.changed(since: version) }

    func publish(reachable nodes: Set<String>) {
        // Before the change is told of: whoever is woken finds it.
        reachable.withLock { $0 = nodes }
        changes.notify()
    }
}
