/// A whole node of the mesh without its IO: inputs go in, ``MeshEffect``s come out, and time is told with each input.
///
/// Nothing happens by itself: call ``tick(at:)`` when ``nextDeadline`` has come. Effects are carried out in their
/// order. The same inputs give the same effects, as far as the generator of random numbers does.
public struct NodeState: Sendable {
    struct Link: Sendable {
        var handshake: LinkHandshake
        /// The neighbour, from when the link is established on.
        var peer: NodeID?
        /// Whether the peer has taken the link too.
        var isAccepted = false
        var lastReceived: MeshInstant
        /// What was wrong with its messages so far.
        var complaints = 0
        /// How route updates end that the peer passes on.
        var updateEnding: [UInt8] = []

        /// - Returns: what messages are looked at with; in place, for the whole of it costs more to copy.
        mutating func noteReceived(at now: MeshInstant) -> (peer: NodeID?, updateEnding: [UInt8]) {
            lastReceived = now
            return (peer, updateEnding)
        }
    }

    struct Ping: Sendable {
        let id: PingID
        let started: MeshInstant
        let deadline: MeshInstant
    }

    /// The node's name.
    public let nodeID: NodeID
    /// The cheapest paths as last calculated.
    public internal(set) var routes = RoutingTable()
    /// The services of this node and of others.
    public internal(set) var services: ServiceTable
    /// The names that hashes stand for.
    public internal(set) var names = NameTable()
    /// Whether this node has left the mesh.
    public internal(set) var isShutDown = false

    let timings: MeshTimings
    var delivery: Delivery
    var routing: RouteUpdateLogic
    var links: [LinkID: Link] = [:]
    /// The links that are not established yet, which have a deadline each.
    var greetingLinks: Set<LinkID> = []
    /// The established link to each neighbour.
    private(set) var linkOfPeer: [NodeID: LinkID] = [:]
    /// The same links in the order in which they were opened.
    private var neighbours: [(peer: NodeID, link: LinkID)] = []
    /// How route updates end that this node passes on.
    let updateEnding: [UInt8]
    var pings: [ServiceName: Ping] = [:]
    var effects: [MeshEffect] = []
    var generator: any RandomNumberGenerator & Sendable

    var nextRouteUpdate: MeshInstant
    var nextRecompute: MeshInstant?
    var nextIdleCheck: MeshInstant
    var nextCleaning: MeshInstant
    private var lastNumber: UInt64 = 0

    /// A node that starts, without links and services.
    public init(
        _ settings: NodeSettings,
        at now: MeshTime,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        nodeID = settings.nodeID
        timings = settings.timings
        updateEnding = RouteUpdateKey.ending(forwardedBy: settings.nodeID)
        delivery = Delivery(ownID: settings.nodeID, firewall: settings.firewall)
        routing = RouteUpdateLogic(ownID: settings.nodeID, epoch: settings.epoch, timings: settings.timings)
        services = ServiceTable(ownID: settings.nodeID, timings: settings.timings, at: now.instant)
        self.generator = generator
        nextRouteUpdate = now.instant.advanced(by: timings.routeUpdateInterval)
        nextIdleCheck = now.instant.advanced(by: timings.idleCheckInterval)
        nextCleaning = now.instant.advanced(by: timings.advertisementInterval)
        names.hold(settings.nodeID)
    }

    // MARK: What is known

    /// What is known of the mesh.
    public var topology: MeshTopology { routing.topology }

    /// The neighbours and what it costs to send to each, by name.
    public var connections: [(node: NodeID, cost: Double)] {
        (topology.connections(of: nodeID) ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The node that a name in a request means: `localhost` is this one (mesh-protocol §3.1).
    ///
    /// - Throws: ``MeshError/Code/invalidNodeID``.
    public func node(named name: String) throws(MeshError) -> NodeID {
        NodeID.isLocalhost(name) ? nodeID : try NodeID(name)
    }

    /// Which messages may pass (§5).
    public var firewall: Firewall {
        get { delivery.firewall }
        set { delivery.firewall = newValue }
    }

    // MARK: Time

    /// When ``tick(at:)`` has something to do, at the latest.
    public var nextDeadline: MeshInstant {
        var deadline = min(nextRouteUpdate, nextIdleCheck, nextCleaning, services.nextAdvertisement)
        if let nextRecompute { deadline = min(deadline, nextRecompute) }
        for link in greetingLinks {
            if let due = links[link]?.handshake.deadline { deadline = min(deadline, due) }
        }
        for ping in pings.values { deadline = min(deadline, ping.deadline) }
        return deadline
    }

    /// Does what is due.
    public mutating func tick(at now: MeshTime) -> [MeshEffect] {
        guard !isShutDown else { return [] }
        tickLinks(at: now)
        tickRouting(at: now)
        tickPings(at: now)
        for advertisement in services.dueAdvertisements(at: now) {
            flood(MeshMessage.serviceAdvertisement(advertisement).encoded)
        }
        return takeEffects()
    }

    // MARK: Shared by the extensions

    mutating func takeEffects() -> [MeshEffect] {
        defer { effects = [] }
        return effects
    }

    mutating func log(_ level: MeshLogEntry.Level, _ message: String) {
        effects.append(.log(MeshLogEntry(level, message)))
    }

    mutating func newNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    mutating func randomUpdateID() -> String {
        RandomText.alphanumeric(count: 8, using: &generator)
    }

    mutating func flood(_ message: [UInt8], except neighbour: NodeID? = nil) {
        for (peer, link) in neighbours where peer != neighbour { effects.append(.send(message, over: link)) }
    }

    mutating func addNeighbour(_ peer: NodeID, over link: LinkID) {
        linkOfPeer[peer] = link
        neighbours.insert((peer, link), at: neighbours.firstIndex { link < $0.link } ?? neighbours.endIndex)
    }

    mutating func removeNeighbour(_ peer: NodeID) {
        guard let link = linkOfPeer.removeValue(forKey: peer) else { return }
        neighbours.removeAll { $0.link == link }
    }

    mutating func removeAllNeighbours() {
        linkOfPeer = [:]
        neighbours = []
    }
}
