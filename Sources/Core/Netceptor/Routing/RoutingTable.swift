/// Where to send what is for another node: for each the neighbour that starts the cheapest path (mesh-protocol §3.2).
public struct RoutingTable: Sendable, Hashable {
    /// A way to a node.
    public struct Route: Sendable, Hashable {
        /// The neighbour that it starts with.
        public let nextHop: NodeID
        /// What the whole path costs.
        public let cost: Double
    }

    /// The routes by the node that they lead to; this node has none.
    public let routes: [NodeID: Route]

    /// No routes.
    public init() { routes = [:] }

    /// The cheapest paths over the known connections. Of paths that cost the same, the one whose first node has the
    /// lesser name is taken: the same knowledge always gives the same table.
    public init(from topology: MeshTopology) { routes = ShortestPaths(in: topology).routes() }

    /// The route to a node.
    public subscript(node: NodeID) -> Route? { routes[node] }

    /// How many nodes can be reached.
    public var count: Int { routes.count }

    /// Whether a route leads to the node.
    public func reaches(_ node: NodeID) -> Bool { routes[node] != nil }
}
