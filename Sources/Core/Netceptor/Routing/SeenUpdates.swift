internal import DequeModule

/// The identifiers of the route updates that came lately (mesh-protocol §3.2), in bounded memory.
struct SeenUpdates: Sendable {
    private let lifetime: Duration
    private let capacity: Int
    private(set) var keys: Set<UInt64> = []
    /// The keys in the order in which they came.
    private var queue: Deque<(key: UInt64, at: MeshInstant)> = []

    init(lifetime: Duration, capacity: Int = MeshLimits.seenUpdates) {
        self.lifetime = lifetime
        self.capacity = max(1, capacity)
    }

    /// Remembers an identifier.
    ///
    /// When there are more than fit, the oldest are forgotten early: an update that comes again after that is stopped
    /// by its sequence number.
    ///
    /// - Returns: whether it is new.
    mutating func insert(_ updateID: String, at now: MeshInstant) -> Bool {
        forget(before: now.advanced(by: .zero - lifetime))
        let key = Self.key(updateID)
        guard keys.insert(key).inserted else { return false }
        queue.append((key, now))
        if keys.count > capacity { forgetOldest() }
        return true
    }

    private mutating func forget(before limit: MeshInstant) {
        while let oldest = queue.first, oldest.at < limit { forgetOldest() }
    }

    private mutating func forgetOldest() {
        if let oldest = queue.popFirst() { keys.remove(oldest.key) }
    }

    /// Identifiers have eight characters: those are their own key.
    private static func key(_ updateID: String) -> UInt64 {
        guard updateID.utf8.count == 8 else { return NodeHash(of: updateID).rawValue }
        return updateID.utf8.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
