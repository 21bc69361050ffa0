/// What a node of the mesh is made with.
public struct NodeSettings: Sendable {
    /// Its name.
    public var nodeID: NodeID
    /// When it started: ``RouteUpdateLogic/epoch(unixNanoseconds:)``.
    public var epoch: UInt64
    /// What may pass.
    public var firewall: Firewall
    /// How often and for how long it does things.
    public var timings: MeshTimings

    /// The settings of a node, with Receptor's times unless others are given.
    public init(
        nodeID: NodeID,
        epoch: UInt64,
        firewall: Firewall = Firewall(),
        timings: MeshTimings = MeshTimings()
    ) {
        self.nodeID = nodeID
        self.epoch = epoch
        self.firewall = firewall
        self.timings = timings
    }
}
