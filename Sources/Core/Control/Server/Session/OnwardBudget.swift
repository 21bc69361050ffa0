internal import Synchronization

/// How many clients that came through the mesh may be connected to further services: else one client could have a chain
/// of them, back and forth between two nodes, whose every byte is work for all of the chain.
final class OnwardBudget: Sendable {
    private let used = Mutex(0)
    private static let limit = 16

    /// - Returns: `false` when there are too many. Otherwise ``give()`` is to follow.
    func take() -> Bool {
        used.withLock { used in
            guard used < Self.limit else { return false }
            used += 1
            return true
        }
    }

    func give() { used.withLock { $0 -= 1 } }
}
