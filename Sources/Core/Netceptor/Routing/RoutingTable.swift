/// Where to send what is for another node: for each the neighbour that starts the cheapest path (mesh-protocol §3.2).
public struct RoutingTable: Sendable {
    /// A way to a node.
    public struct Route: Sendable, Hashable {
        /// The neighbour that it starts with.
        public let nextHop: NodeID
        /// What the whole path costs.
        public let cost: Double
    }

    private struct Entry: Equatable {
        let node: NodeID
        let cost: Double
        let firstHop: Int32
    }

    private var entries: [Entry] = []
    private var firstHops: [NodeID] = []
    private var table = IndexTable()

    /// No routes.
    public init() {}

    /// The cheapest paths over the known connections. Of paths that cost the same, the one whose first node has the
    /// lesser name is taken: the same knowledge always gives the same table.
    public init(from topology: MeshTopology) {
        let paths = ShortestPaths(in: topology)
        firstHops = paths.firstHops
        entries.reserveCapacity(topology.nodeCount)
        for (place, node) in topology.nodes.enumerated() {
            guard let path = paths.path(to: place) else { continue }
            table.insert(entries.count, hash: TableHash.of(node.id.nodeHash.rawValue))
            entries.append(Entry(node: node.id, cost: path.cost, firstHop: path.firstHop))
        }
    }

    /// The routes by the node that they lead to; this node has none.
    public var routes: [NodeID: Route] {
        var routes: [NodeID: Route] = [:]
        routes.reserveCapacity(entries.count)
        for entry in entries { routes[entry.node] = route(entry) }
        return routes
    }

    /// The route to a node.
    public subscript(node: NodeID) -> Route? { place(of: node).map { route(entries[$0]) } }

    /// How many nodes can be reached.
    public var count: Int { entries.count }

    /// Whether a route leads to the node.
    public func reaches(_ node: NodeID) -> Bool { place(of: node) != nil }

    private func place(of node: NodeID) -> Int? {
        table.find(TableHash.of(node.nodeHash.rawValue)) { entries[$0].node == node }
    }

    private func route(_ entry: Entry) -> Route {
        Route(nextHop: firstHops[Int(entry.firstHop)], cost: entry.cost)
    }
}

extension RoutingTable: Hashable {
    /// Whether the routes are the same.
    public static func == (left: RoutingTable, right: RoutingTable) -> Bool {
        guard left.count == right.count else { return false }
        // The nodes are nearly always in the same order, and nearly always there are the same neighbours.
        if left.firstHops == right.firstHops, left.entries == right.entries { return true }
        return left.entries.allSatisfy { left.route($0) == right[$0.node] }
    }

    /// Hashes the routes in whatever order they are.
    public func hash(into hasher: inout Hasher) { hasher.combine(routes) }
}
