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
    /// The places in `ring` plus one by hash, 0 for a free slot: an open-addressing table of the least size.
    private var slots: [UInt16] = []
    private(set) var count = 0
    /// The keys in the order in which they came, in a ring that grows up to the capacity.
    private var ring: [UInt64] = []
    private var first = 0
    private var periods: Deque<Period> = []
    private static let periodLength = Duration.seconds(5)

    init(lifetime: Duration, capacity: Int = MeshLimits.seenUpdates) {
        self.lifetime = lifetime
        self.capacity = min(max(1, capacity), Int(UInt16.max))
    }

    /// Remembers an identifier.
    ///
    /// When there are more than fit, the oldest are forgotten early: an update that comes again after that is stopped
    /// by its sequence number.
    ///
    /// - Returns: whether it is new.
    mutating func insert(_ updateID: UpdateID, at now: MeshInstant) -> Bool {
        forget(before: now.advanced(by: .zero - lifetime))
        let key = updateID.key
        guard slots.isEmpty || slots[slot(of: key)] == 0 else { return false }
        if count == capacity { forgetOldest() }
        append(key)
        if let last = periods.last, last.start.duration(to: now) < Self.periodLength {
            periods[periods.count - 1].last = now
            periods[periods.count - 1].count += 1
        } else {
            periods.append(Period(start: now, last: now, count: 1))
        }
        return true
    }

    private mutating func append(_ key: UInt64) {
        if count == ring.count { growRing() }
        let place = (first + count) % ring.count
        ring[place] = key
        slots[slot(of: key)] = UInt16(place + 1)
        count += 1
    }

    private mutating func growRing() {
        ring = Array(ring[first...] + ring[..<first])
        first = 0
        ring += repeatElement(0, count: min(capacity, max(16, ring.count * 2)) - ring.count)
        var slotCount = 32
        while slotCount < ring.count * 2 { slotCount *= 2 }
        slots = Array(repeating: 0, count: slotCount)
        for place in 0..<count { slots[slot(of: ring[place])] = UInt16(place + 1) }
    }

    private func home(of key: UInt64) -> Int { Int(TableHash.of(key)) & (slots.count - 1) }

    /// The slot that a key has, or would get.
    private func slot(of key: UInt64) -> Int {
        var slot = home(of: key)
        while slots[slot] != 0, ring[Int(slots[slot]) - 1] != key { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private mutating func release(_ key: UInt64) {
        let mask = slots.count - 1
        var free = slot(of: key)
        var slot = (free + 1) & mask
        // What was pushed behind the slot moves up, so that no search ends too early.
        while slots[slot] != 0 {
            if (slot - home(of: ring[Int(slots[slot]) - 1])) & mask >= (slot - free) & mask {
                slots[free] = slots[slot]
                free = slot
            }
            slot = (slot + 1) & mask
        }
        slots[free] = 0
    }

    private mutating func forget(before limit: MeshInstant) {
        while let oldest = periods.first, oldest.last < limit {
            for _ in 0..<oldest.count { forgetOldest() }
        }
    }

    private mutating func forgetOldest() {
        guard count > 0, !periods.isEmpty else { return }
        release(ring[first])
        count -= 1
        first = (first + 1) % ring.count
        periods[0].count -= 1
        if periods[0].count == 0 { periods.removeFirst() }
    }
}
