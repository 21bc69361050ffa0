/// Which node a hash in a data message stands for (mesh-protocol §3.1).
///
/// The names of nodes that take part in the mesh are held by whoever keeps those nodes. Names that were only heard of
/// are kept until newer ones push them out: nobody can fill the memory with names he made up, nor displace the former.
public struct NameTable: Sendable {
    private var held: [NodeHash: NodeID] = [:]
    private var heard: [NodeHash: NodeID] = [:]
    /// The hashes of `heard`, oldest first from `next` on, once the table is full.
    private var order: [NodeHash] = []
    private var next = 0
    private let capacity: Int

    /// An empty table.
    ///
    /// - Parameter capacity: how many names it keeps that nobody holds.
    public init(capacity: Int = MeshLimits.heardNames) { self.capacity = max(1, capacity) }

    /// How many names it has.
    public var count: Int { held.count + heard.count }

    /// The node that a hash stands for. Of two names with one hash the first one stays.
    public subscript(hash: NodeHash) -> NodeID? { held[hash] ?? heard[hash] }

    /// The node that is held under a name, given as bytes.
    func node(named bytes: ArraySlice<UInt8>) -> NodeID? {
        guard let node = held[NodeHash(of: bytes.span.bytes)], node.name.utf8.elementsEqual(bytes) else { return nil }
        return node
    }

    /// Keeps a name until it is released.
    public mutating func hold(_ node: NodeID) {
        if held[node.nodeHash] == nil { held[node.nodeHash] = node }
    }

    /// Lets go of a name that is held.
    public mutating func release(_ node: NodeID) {
        if held[node.nodeHash] == node { held[node.nodeHash] = nil }
    }

    /// Keeps a name for a while.
    public mutating func hear(_ node: NodeID) {
        let hash = node.nodeHash
        guard held[hash] == nil, heard[hash] == nil else { return }
        if order.count < capacity {
            order.append(hash)
        } else {
            heard[order[next]] = nil
            order[next] = hash
            next = (next + 1) % capacity
        }
        heard[hash] = node
    }
}
