internal import DequeModule

/// The identifiers of the route updates that came lately (mesh-protocol §3.2), in bounded memory.
struct SeenUpdates: Sendable {
    /// Identifiers that came within a short time share one entry: the time of each would take more than all else.
    private struct Period {
        var start: MeshInstant
        var last: MeshInstant
        var count: Int
    }

    private let lifetime: Duration
    private let capacity: Int
    /// Where in `ring` the keys are.
    private var table = IndexTable()
    /// The keys in the order in which they came, in a ring that grows up to the capacity.
    private var ring: [UInt64] = []
    private var first = 0
    private var periods: Deque<Period> = []
    private static let periodLength = Duration.seconds(5)

    init(lifetime: Duration, capacity: Int = MeshLimits.seenUpdates) {
        self.lifetime = lifetime
        self.capacity = max(1, capacity)
    }

    var count: Int { table.count }

    /// Remembers an identifier.
    ///
    /// When there are more than fit, the oldest are forgotten early: an update that comes again after that is stopped
    /// by its sequence number.
    ///
    /// - Returns: whether it is new.
    mutating func insert(_ updateID: UpdateID, at now: MeshInstant) -> Bool {
        forget(before: now.advanced(by: .zero - lifetime))
        let key = updateID.key
        let hash = TableHash.of(key)
        guard table.find(hash, where: { ring[$0] == key }) == nil else { return false }
        if count == capacity { forgetOldest() }
        table.insert(append(key), hash: hash)
        if let last = periods.last, last.start.duration(to: now) < Self.periodLength {
            periods[periods.count - 1].last = now
            periods[periods.count - 1].count += 1
        } else {
            periods.append(Period(start: now, last: now, count: 1))
        }
        return true
    }

    private mutating func append(_ key: UInt64) -> Int {
        if count == ring.count { growRing() }
        let place = (first + count) % ring.count
        ring[place] = key
        return place
    }

    private mutating func growRing() {
        let old = ring
        let kept = count
        ring = Array(repeating: 0, count: min(capacity, max(16, old.count * 2)))
        table = IndexTable()
        for number in 0..<kept {
            ring[number] = old[(first + number) % old.count]
            table.insert(number, hash: TableHash.of(ring[number]))
        }
        first = 0
    }

    private mutating func forget(before limit: MeshInstant) {
        while let oldest = periods.first, oldest.last < limit {
            for _ in 0..<oldest.count { forgetOldest() }
        }
    }

    private mutating func forgetOldest() {
        guard count > 0, !periods.isEmpty else { return }
        table.remove(first, hash: TableHash.of(ring[first]))
        first = (first + 1) % ring.count
        periods[0].count -= 1
        if periods[0].count == 0 { periods.removeFirst() }
    }
}
