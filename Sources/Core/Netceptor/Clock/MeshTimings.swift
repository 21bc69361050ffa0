/// How often and for how long a node does things; the defaults are Receptor's.
public struct MeshTimings: Sendable, Hashable {
    /// Between two route updates of this node (mesh-protocol §3.2).
    public var routeUpdateInterval: Duration = .seconds(10)
    /// How long a change may wait for others, so that one route update tells of all (§3.2).
    public var routeUpdateDelay: Duration = .milliseconds(100)
    /// How long the calculation of routes may wait for more updates (§3.2).
    public var recomputeDelay: Duration = .milliseconds(100)
    /// How long the identifier of an update is remembered (§3.2).
    public var seenUpdateLifetime: Duration = .seconds(3600)
    /// Between two greetings of a link's handshake (§3.3).
    public var greetingInterval: Duration = .seconds(1)
    /// How long a link may be silent (§2).
    public var maximumIdleTime: Duration = .seconds(21)
    /// Between two looks for silent links.
    public var idleCheckInterval: Duration = .seconds(5)
    /// Between two rounds of service advertisements of this node (§3.4).
    public var advertisementInterval: Duration = .seconds(60)
    /// How long a new service may wait for others before it is advertised (§3.4).
    public var advertisementDelay: Duration = .seconds(5)
    /// How long this node waits at least before it advertises its services again for nodes that are new to it: a hop
    /// of Receptor does not tell a new neighbour of services that it knows (§3.4).
    public var newNodeAdvertisementDelay: Duration = .seconds(1)
    /// The least time between two rounds of advertisements of this node for nodes that are new to it.
    public var newNodeAdvertisementInterval: Duration = .seconds(5)
    /// How much longer both may become at random, and for each node that is known: rounds of all nodes of a large mesh
    /// are spread, and together never more than a small multiple of the regular ones.
    public var newNodeAdvertisementSpread: Duration = .seconds(2)
    /// See ``newNodeAdvertisementSpread``.
    public var newNodeAdvertisementSpreadOfNode: Duration = .milliseconds(10)
    /// How long the advertisements of a node stay when no route leads to it, and how long a cancelled service is
    /// remembered, so that an older advertisement that comes late does not bring it back.
    public var advertisementLifetime: Duration = .seconds(120)
    /// How long a node is remembered to which no route leads.
    public var unreachableNodeLifetime: Duration = .seconds(3600)
    /// The least time between two notices that another node has this node's ID.
    public var duplicateNoticeInterval: Duration = .seconds(1)
    /// How long a ping waits for an answer (§6).
    public var pingTimeout: Duration = .seconds(10)

    /// Receptor's times.
    public init() {}
}
