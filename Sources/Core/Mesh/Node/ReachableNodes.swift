internal import LinuxSystem
internal import Synchronization
internal import TaskSupport

/// What others than the event loop may know of the routes at any time.
public final class ReachableNodes: Sendable {
    /// The nodes in reach, each with the version with which it came into reach.
    private let reachable = Mutex<[String: UInt64]>([:])
    private let changes = ChangeSignal()

    init() {}

    /// A number that grows with each change of the routes.
    public var version: UInt64 { changes.version }

    /// Whether a route leads to a node.
    public func reaches(_ node: String) -> Bool { routeBegan(to: node) != nil }

    /// At which version a node came into reach, the last time; `nil` when no route leads to it.
    public func routeBegan(to node: String) -> UInt64? { reachable.withLock { $0[node] } }

    /// Waits until routes are others than at that version, or the task is cancelled.
    public func changed(since version: UInt64) async { await changes.changed(since: version) }

    func publish(reachable nodes: Set<String>) {
        // Before the change is told of: whoever is woken finds it.
        let next = changes.version + 1
        reachable.withLock { known in
            known = Dictionary(uniqueKeysWithValues: nodes.map { ($0, known[$0] ?? next) })
        }
        changes.notify()
    }
}
