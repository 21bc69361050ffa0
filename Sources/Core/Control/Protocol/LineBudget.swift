internal import Synchronization

/// The memory that lines of all connections together may take: those of which the other side has not sent the end yet,
/// and those that it has not read.
public final class LineBudget: Sendable {
    private let used = Mutex(0)
    private static let limit = 64 << 20
    /// What those may take whom the operator did not let in.
    private static let strangersLimit = 48 << 20
    /// What each share may have besides: ordinary lines work whatever others do.
    private static let ordinary = 8 << 10

    /// A budget of which nothing is used.
    public init() {}

    /// What one connection takes of it.
    public func share(isLocal: Bool) -> Share { Share(of: self, isLocal: isLocal) }

    fileprivate func change(by count: Int, isLocal: Bool) -> Bool {
        used.withLock { used in
            used += count
            return count <= 0 || used <= (isLocal ? Self.limit : Self.strangersLimit)
        }
    }

    /// A connection's part, which is given back with it.
    public struct Share: ~Copyable, Sendable {
        private let budget: LineBudget
        private let isLocal: Bool
        private var size = 0

        fileprivate init(of budget: LineBudget, isLocal: Bool) {
            self.budget = budget
            self.isLocal = isLocal
        }

        deinit { _ = budget.change(by: -size, isLocal: isLocal) }

        /// Takes more or less.
        ///
        /// - Returns: `false` when that is too much of all together: then it must take less at once.
        public mutating func resize(to bytes: Int) -> Bool {
            let new = bytes <= LineBudget.ordinary ? 0 : bytes
            guard new != size else { return true }
            defer { size = new }
            return budget.change(by: new - size, isLocal: isLocal)
        }
    }
}
