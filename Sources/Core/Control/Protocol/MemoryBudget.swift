internal import Synchronization

/// The memory that one kind of thing may take in all, whoever it is of.
public final class MemoryBudget: Sendable {
    private let used = Mutex(0)
    private let limit: Int
    private let strangersLimit: Int
    private let ordinary: Int

    /// A budget of which nothing is used.
    ///
    /// - Parameters:
    ///   - limit: how many bytes all may take together.
    ///   - strangersLimit: the same, for those whom the operator did not let in.
    ///   - ordinary: what each share may have besides: ordinary sizes work whatever others do.
    public init(limit: Int, strangersLimit: Int, ordinary: Int) {
        self.limit = limit
        self.strangersLimit = strangersLimit
        self.ordinary = ordinary
    }

    /// For lines of which the other side has not sent the end yet, or which it has not read.
    public static func ofLines() -> MemoryBudget {
        MemoryBudget(limit: 64 << 20, strangersLimit: 48 << 20, ordinary: 8 << 10)
    }

    /// What one of many takes of it.
    public func share(isLocal: Bool) -> Share { Share(of: self, isLocal: isLocal) }

    fileprivate func change(by count: Int, isLocal: Bool) -> Bool {
        used.withLock { used in
            used += count
            return count <= 0 || used <= (isLocal ? limit : strangersLimit)
        }
    }

    /// A part of the budget, which is given back with it.
    public struct Share: ~Copyable, Sendable {
        private let budget: MemoryBudget
        private let isLocal: Bool
        private var size = 0

        fileprivate init(of budget: MemoryBudget, isLocal: Bool) {
            self.budget = budget
            self.isLocal = isLocal
        }

        deinit { _ = budget.change(by: -size, isLocal: isLocal) }

        /// Takes more or less.
        ///
        /// - Returns: `false` when that is too much of all together: then it must take less at once.
        public mutating func resize(to bytes: Int) -> Bool {
            let new = bytes <= budget.ordinary ? 0 : bytes
            guard new != size else { return true }
            defer { size = new }
            return budget.change(by: new - size, isLocal: isLocal)
        }

        /// Whether it takes anything of what all may take together.
        public var isEmpty: Bool { size == 0 }
    }
}
