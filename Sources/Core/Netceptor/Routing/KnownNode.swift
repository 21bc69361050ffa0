extension MeshTopology {
    /// A connection of a node, in either direction or both: of a mesh whose nodes list each other, each link takes one
    /// of these at each end.
    struct Edge: Sendable, Equatable {
        /// The place of the node at the other end.
        let node: Int32
        /// Whether the other node has a connection to this one.
        var isIncoming = false
        /// Whether this node has a connection to the other one.
        var isOutgoing = false
        /// What that one costs.
        var cost: Double = 0
    }

    /// What is known of a node, or that others list it.
    struct KnownNode: Sendable {
        var id: NodeID
        var epoch: UInt64 = 0
        var sequence: UInt64 = 0
        var lastHeard = MeshInstant()
        /// Its connections by place.
        var edges: [Edge] = []
        /// The connections as the latest update wrote them; empty when that is not known.
        var written: [UInt8] = []
        /// The connections that the latest update lists, where others hold: what other nodes' updates say counts too.
        /// By name, since the places of nodes that are only listed here may be others' by now.
        var announced: [NodeID: Double]?
        /// The latest update's identifier.
        var updateID = UpdateID.none
        /// Whether it announced itself.
        var isAnnounced = false
        /// Whether a route may lead to it: it announced itself, or is this node or a neighbour.
        var isDestination = false

        init(_ id: NodeID) { self.id = id }

        /// Where in the edges the one with that node is, or belongs.
        func position(of node: Int32) -> (index: Int, isThere: Bool) {
            var low = 0
            var high = edges.count
            while low < high {
                let middle = (low + high) / 2
                if edges[middle].node < node { low = middle + 1 } else { high = middle }
            }
            return (low, low < edges.count && edges[low].node == node)
        }

        /// The edge with a node.
        func edge(with node: Int32) -> Edge? {
            let (index, isThere) = position(of: node)
            return isThere ? edges[index] : nil
        }

        /// - Returns: whether there was none.
        mutating func setOutgoing(to node: Int32, cost: Double) -> Bool {
            let (index, isThere) = position(of: node)
            if !isThere { edges.insert(Edge(node: node), at: index) }
            defer {
                edges[index].isOutgoing = true
                edges[index].cost = cost
            }
            return !edges[index].isOutgoing
        }

        mutating func setIncoming(from node: Int32) {
            let (index, isThere) = position(of: node)
            if !isThere { edges.insert(Edge(node: node), at: index) }
            edges[index].isIncoming = true
        }

        /// - Returns: whether there was one.
        mutating func clearOutgoing(to node: Int32) -> Bool {
            let (index, isThere) = position(of: node)
            guard isThere, edges[index].isOutgoing else { return false }
            edges[index].isOutgoing = false
            edges[index].cost = 0
            if !edges[index].isIncoming { edges.remove(at: index) }
            return true
        }

        mutating func clearIncoming(from node: Int32) {
            let (index, isThere) = position(of: node)
            guard isThere else { return }
            edges[index].isIncoming = false
            if !edges[index].isOutgoing { edges.remove(at: index) }
        }
    }
}
