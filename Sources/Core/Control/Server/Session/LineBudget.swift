internal import Synchronization

/// The memory that the lines of all sessions may take: commands of which clients have not sent the end yet, and replies
/// that they have not read.
final class LineBudget: Sendable {
    private let used = Mutex(0)
    private static let limit = 64 << 20
    /// What those may take whom the operator did not let in.
    private static let strangersLimit = 48 << 20
    /// What each share may have besides: ordinary commands and replies work whatever others do.
    private static let ordinary = 8 << 10

    /// What one session takes of it.
    func share(isLocal: Bool) -> Share { Share(of: self, isLocal: isLocal) }

    fileprivate func change(by count: Int, isLocal: Bool) -> Bool {
        used.withLock { used in
            used += count
            return count <= 0 || used <= (isLocal ? Self.limit : Self.strangersLimit)
        }
    }

    /// A session's part, which is given back with it.
    struct Share: ~Copyable {
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
        mutating func resize(to bytes: Int) -> Bool {
            let new = bytes <= LineBudget.ordinary ? 0 : bytes
            guard new != size else { return true }
            defer { size = new }
            return budget.change(by: new - size, isLocal: isLocal)
        }
    }
}
