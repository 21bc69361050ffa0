public import Netceptor

/// What a node knows of the mesh at a moment.
public struct MeshStatus: Sendable {
    /// The neighbours and what it costs to send to each, by name.
    public let connections: [(node: NodeID, cost: Double)]
    /// The neighbour on the way to each node that can be reached.
    public let routes: [NodeID: NodeID]
    /// The services of all nodes, this one's as of now.
    public let advertisements: [ServiceAdvertisement]
    /// What it costs to send from each node to each of its neighbours.
    public let connectionCosts: [NodeID: [NodeID: Double]]

    init(_ state: NodeState, at now: MeshTime) {
        connections = state.connections
        routes = state.routes.routes.mapValues(\.nextHop)
        advertisements = state.services.advertisements(at: now)
        connectionCosts = state.topology.connectionCosts
    }
}
