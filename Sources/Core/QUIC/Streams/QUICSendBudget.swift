/// What the connections of a node may keep in all of what was written to them and has not arrived yet.
///
/// A peer that reads nothing, and opens stream after stream, gets less for each; what it has keeps its floor
/// (``QUICConfiguration/smallestSendQueueLimit``), so that every stream goes on. It belongs to one thread or event loop,
/// like the connections that share it.
public final class QUICSendBudget {
    /// How much may be kept, in bytes of memory.
    public struct Limits: Sendable, Hashable {
        /// For all connections.
        public var total = 64 << 20
        /// For those with one node.
        public var perNode = 32 << 20

        /// The defaults.
        public init() {}
    }

    private let limits: Limits
    private var used = 0
    private var usedByNode: [String: Int] = [:]

    /// Nothing is kept yet.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// One connection's part in the budget.
    ///
    /// - Parameter node: the node at the connection's other end.
    func account(for node: String) -> Account { Account(self, node) }

    /// What a connection, and each piece of memory that it keeps, holds on to.
    final class Account {
        private let budget: QUICSendBudget
        private let node: String

        fileprivate init(_ budget: QUICSendBudget, _ node: String) {
            self.budget = budget
            self.node = node
        }

        /// How many bytes more may be kept; not below zero.
        var room: Int {
            let ofNode = budget.limits.perNode - budget.usedByNode[node, default: 0]
            return max(0, min(budget.limits.total - budget.used, ofNode))
        }

        /// Memory was taken, or given back where it is less than zero.
        func use(_ bytes: Int) {
            budget.used += bytes
            let used = budget.usedByNode[node, default: 0] + bytes
            budget.usedByNode[node] = used == 0 ? nil : used
        }
    }
}
