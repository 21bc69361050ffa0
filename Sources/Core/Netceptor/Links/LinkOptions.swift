/// What a listener or peer of the configuration says about its links (mesh-protocol §3.3).
public struct LinkOptions: Sendable, Hashable {
    /// What it costs to send over a link: finite and greater than 0.
    public let cost: Double
    /// What it costs to send to certain nodes.
    public let nodeCosts: [NodeID: Double]
    /// The only nodes that may be at the other end; `nil` for all.
    public let allowedPeers: Set<NodeID>?

    /// A link that costs 1 and has any node at the other end.
    public static let standard = LinkOptions(checkedCost: 1)

    private init(checkedCost: Double) {
        cost = checkedCost
        nodeCosts = [:]
        allowedPeers = nil
    }

    /// Checks the costs.
    ///
    /// - Throws: ``MeshError/Code/invalidOption``.
    public init(
        cost: Double = 1,
        nodeCosts: [NodeID: Double] = [:],
        allowedPeers: Set<NodeID>? = nil
    ) throws(MeshError) {
        for cost in [cost] + nodeCosts.values where !cost.isFinite || cost <= 0 {
            throw MeshError(.invalidOption, "the cost of a link must be a number greater than 0, not \(cost)")
        }
        self.cost = cost
        self.nodeCosts = nodeCosts
        self.allowedPeers = allowedPeers
    }

    /// What it costs to send over a link to that node.
    public func cost(to peer: NodeID) -> Double { nodeCosts[peer] ?? cost }

    /// Whether that node may be at the other end.
    public func allows(_ peer: NodeID) -> Bool { allowedPeers?.contains(peer) ?? true }
}
