/// Which node a hash in a data message stands for (mesh-protocol §3.1).
///
/// The names of nodes that take part in the mesh are held by whoever keeps those nodes. Names that were only heard of
/// are kept until newer ones push them out: nobody can fill the memory with names he made up, nor displace the former.
public struct NameTable: Sendable {
    private struct Entry {
        var node: NodeID
        var isHeld = false
        /// Whether the order of the names that were heard has it.
        var isHeard = false
    }

    private var entries: [Entry] = []
    /// The places among the entries that are free.
    private var freePlaces: [Int32] = []
    /// The places by hash.
    private var table = IndexTable()
    /// The places of the names that were heard, oldest first from `next` on, once the table is full.
    private var order: [Int32] = []
    private var next = 0
    private let capacity: Int

    /// An empty table.
    ///
    /// - Parameter capacity: how many names it keeps that nobody holds.
    public init(capacity: Int = MeshLimits.heardNames) { self.capacity = max(1, capacity) }

    /// How many names it has.
    public var count: Int { table.count }

    /// The node that a hash stands for. Of two names with one hash the first one stays, unless only the other is held.
    public subscript(hash: NodeHash) -> NodeID? { place(of: hash).map { entries[$0].node } }

    private func place(of hash: NodeHash) -> Int? {
        table.find(TableHash.of(hash.rawValue)) { entries[$0].node.nodeHash == hash }
    }

    /// Keeps a name until it is released.
    public mutating func hold(_ node: NodeID) {
        guard let place = place(of: node.nodeHash) else {
            _ = add(Entry(node: node, isHeld: true))
            return
        }
        guard !entries[place].isHeld else { return }
        entries[place].node = node
        entries[place].isHeld = true
    }

    /// Lets go of a name that is held.
    public mutating func release(_ node: NodeID) {
        guard let place = place(of: node.nodeHash), entries[place].isHeld, entries[place].node == node else { return }
        entries[place].isHeld = false
        removeIfUnused(place)
    }

    /// Keeps a name for a while.
    public mutating func hear(_ node: NodeID) {
        guard place(of: node.nodeHash) == nil else { return }
        let place = add(Entry(node: node, isHeard: true))
        guard order.count == capacity else {
            order.append(Int32(place))
            return
        }
        let oldest = Int(order[next])
        entries[oldest].isHeard = false
        removeIfUnused(oldest)
        order[next] = Int32(place)
        next = (next + 1) % capacity
    }

    private mutating func add(_ entry: Entry) -> Int {
        let place: Int
        if let free = freePlaces.popLast() {
            place = Int(free)
            entries[place] = entry
        } else {
            place = entries.count
            entries.append(entry)
        }
        table.insert(place, hash: TableHash.of(entry.node.nodeHash.rawValue))
        return place
    }

    private mutating func removeIfUnused(_ place: Int) {
        guard !entries[place].isHeld, !entries[place].isHeard else { return }
        table.remove(place, hash: TableHash.of(entries[place].node.nodeHash.rawValue))
        freePlaces.append(Int32(place))
    }
}
