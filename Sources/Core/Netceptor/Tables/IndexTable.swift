/// Finds the places of an array by hashes: an open-addressing table of 8 bytes a slot.
///
/// What a place holds is not known here: whoever looks something up says whether a place with the hash is the one.
struct IndexTable: Sendable {
    /// The hash in the upper half, the place plus one in the lower one; 0 for a free slot.
    private var slots: [UInt64] = []
    private var mask = 0
    /// How many places are in it.
    private(set) var count = 0
    private static let leastSlots = 8

    /// The place with a hash that is the one.
    func find(_ hash: UInt32, where isWanted: (Int) -> Bool) -> Int? {
        guard count > 0 else { return nil }
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            if Self.hash(in: slots[slot]) == hash, case let place = Self.place(in: slots[slot]), isWanted(place) {
                return place
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Adds a place that is not in the table.
    mutating func insert(_ place: Int, hash: UInt32) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        put(UInt64(hash) << 32 | UInt64(place + 1))
        count += 1
    }

    /// Takes a place out.
    mutating func remove(_ place: Int, hash: UInt32) {
        guard let removed = slot(of: place, hash: hash) else { return }
        count -= 1
        // What was pushed behind the slot moves up, so that no search ends too early.
        var free = removed
        var slot = (free + 1) & mask
        while slots[slot] != 0 {
            let home = Int(Self.hash(in: slots[slot])) & mask
            if (slot - home) & mask >= (slot - free) & mask {
                slots[free] = slots[slot]
                free = slot
            }
            slot = (slot + 1) & mask
        }
        slots[free] = 0
    }

    /// Has a hash lead to another place than before.
    mutating func replace(_ place: Int, with other: Int, hash: UInt32) {
        guard let slot = slot(of: place, hash: hash) else { return }
        slots[slot] = UInt64(hash) << 32 | UInt64(other + 1)
    }

    private func slot(of place: Int, hash: UInt32) -> Int? {
        guard count > 0 else { return nil }
        let content = UInt64(hash) << 32 | UInt64(place + 1)
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            if slots[slot] == content { return slot }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func put(_ content: UInt64) {
        var slot = Int(Self.hash(in: content)) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = content
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: max(Self.leastSlots, old.count * 2))
        mask = slots.count - 1
        for content in old where content != 0 { put(content) }
    }

    private static func hash(in content: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: content >> 32) }

    private static func place(in content: UInt64) -> Int { Int(content & 0xffff_ffff) - 1 }
}
