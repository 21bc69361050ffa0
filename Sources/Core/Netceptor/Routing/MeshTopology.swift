/// What this node knows of the mesh: which nodes there are, how recent that knowledge is, and what their connections
/// cost (mesh-protocol §3.2). Bounded, whatever is put in.
public struct MeshTopology: Sendable {
    /// What came of a route update.
    public enum Change: Sendable, Hashable {
        /// It is not newer than what is known.
        case stale
        /// There is no room for it.
        case full
        /// It is known now.
        ///
        /// - Parameters:
        ///   - isNewNode: nothing was known of the node before.
        ///   - isChanged: its connections are not the same as before.
        ///   - evicted: nodes that had to make room.
        case accepted(isNewNode: Bool, isChanged: Bool, evicted: [NodeID])
    }

    private struct KnownNode {
        var epoch: UInt64
        var sequence: UInt64
        /// The latest update's identifier; `nil` when what is known comes from more than one.
        var updateID: String?
        var lastHeard: MeshInstant
        /// The connections that the update lists; which of them still hold, other nodes' updates say too.
        var announced: [NodeID: Double]
        /// The same as the latest update wrote them; empty when that is not known.
        var written: [UInt8] = []
        /// Whether what is announced is what holds.
        var isIntact = true
    }

    /// The node whose view this is.
    public let ownID: NodeID
    private let maximumNodes: Int
    private let maximumConnections: Int
    private var nodes: [NodeID: KnownNode] = [:]
    /// The connections by the node that they start from. Every node that can be a destination has an entry.
    private var outgoing: [NodeID: [NodeID: Double]] = [:]
    /// The nodes that have a connection to a node: what has to be looked at when that node no longer lists them.
    private var incoming: [NodeID: Set<NodeID>] = [:]
    /// How many connections are known, each direction for itself.
    public private(set) var connectionCount = 0
    /// How many are evicted at once, so that not every new node costs a search.
    private static let evictionBatch = 1_024

    /// Knows this node and nothing else.
    public init(
        ownID: NodeID,
        maximumNodes: Int = MeshLimits.nodes,
        maximumConnections: Int = MeshLimits.connections
    ) {
        self.ownID = ownID
        self.maximumNodes = max(1, maximumNodes)
        self.maximumConnections = maximumConnections
        outgoing[ownID] = [:]
    }

    /// How many nodes announced themselves.
    public var nodeCount: Int { nodes.count }

    /// The costs of all known connections, by the node that they start from and the one that they lead to.
    public var connectionCosts: [NodeID: [NodeID: Double]] { outgoing }

    /// The costs of a node's connections; `nil` when nothing is known of it.
    public func connections(of node: NodeID) -> [NodeID: Double]? { outgoing[node] }

    /// Whether the node announced itself.
    public func knows(_ node: NodeID) -> Bool { nodes[node] != nil }

    /// The epoch and sequence of the latest that is known of a node.
    public func version(of node: NodeID) -> (epoch: UInt64, sequence: UInt64)? {
        nodes[node].map { ($0.epoch, $0.sequence) }
    }

    // MARK: Route updates

    /// Takes in an update of another node.
    ///
    /// - Parameter isReachable: whether a route leads to a node: those to which none does make room first.
    public mutating func apply(
        _ update: RouteUpdate,
        at now: MeshInstant,
        isReachable: (NodeID) -> Bool
    ) -> Change {
        let node = update.nodeID
        let known = nodes[node]
        if let known, (update.epoch, update.sequence) <= (known.epoch, known.sequence) { return .stale }
        var evicted: [NodeID] = []
        if !hasRoom(for: update) {
            evicted = evict { isReachable($0) || $0 == node }
            guard hasRoom(for: update) else { return .full }
        }
        nodes[node] = KnownNode(
            epoch: update.epoch,
            sequence: update.sequence,
            updateID: update.updateID,
            lastHeard: now,
            announced: update.connections
        )
        let isChanged = outgoing[node] != update.connections
        if isChanged { replaceConnections(of: node, with: update.connections) }
        nodes[node]?.isIntact = true
        return .accepted(isNewNode: known == nil, isChanged: isChanged, evicted: evicted)
    }

    /// What an update says that is known by its key, if it is nothing new.
    func repetition(
        _ key: RouteUpdateKey,
        of node: NodeID,
        in message: [UInt8]
    ) -> RouteUpdateLogic.Repetition {
        guard let known = nodes[node], known.epoch == key.epoch, let updateID = known.updateID else { return .isNews }
        if known.sequence == key.sequence, updateID.utf8.elementsEqual(message[key.updateID]) { return .isDuplicate }
        guard known.sequence < key.sequence, known.isIntact, !known.written.isEmpty,
            known.written.elementsEqual(message[key.connections])
        else { return .isNews }
        return .isRefreshed
    }

    /// Notes a newer update that lists the same connections.
    mutating func refresh(_ node: NodeID, sequence: UInt64, updateID: String, at now: MeshInstant) {
        nodes[node]?.sequence = sequence
        nodes[node]?.updateID = updateID
        nodes[node]?.lastHeard = now
    }

    /// Keeps how the connections of an update were written, if it is the one that was taken in last.
    mutating func keepConnections(of update: RouteUpdate, as bytes: ArraySlice<UInt8>) {
        guard let known = nodes[update.nodeID],
            (known.epoch, known.sequence, known.updateID) == (update.epoch, update.sequence, update.updateID),
            known.announced == update.connections,
            // One object without texts that could hide where it ends.
            bytes.firstIndex(of: UInt8(ascii: "}")) == bytes.endIndex - 1
        else { return }
        nodes[update.nodeID]?.written = Array(bytes)
    }

    /// Whether a node's latest update lists another.
    func isListed(_ other: NodeID, by node: NodeID) -> Bool { nodes[node]?.announced[other] != nil }

    /// Believes an update that calls what is known of its node the work of a duplicate.
    public mutating func adopt(_ update: RouteUpdate, at now: MeshInstant) {
        guard let known = nodes[update.nodeID], known.epoch == update.suspectedDuplicate else { return }
        nodes[update.nodeID] = KnownNode(
            epoch: update.epoch,
            sequence: update.sequence,
            updateID: nil,
            lastHeard: now,
            announced: known.announced
        )
    }

    private func hasRoom(for update: RouteUpdate) -> Bool {
        let replaced = outgoing[update.nodeID]?.count ?? 0
        return connectionCount - replaced + update.connections.count <= maximumConnections
            && (nodes[update.nodeID] != nil || nodes.count < maximumNodes)
    }

    private mutating func replaceConnections(of node: NodeID, with connections: [NodeID: Double]) {
        let old = outgoing[node] ?? [:]
        for other in old.keys where connections[other] == nil { disconnect(node, from: other) }
        for other in connections.keys where old[other] == nil { incoming[other, default: []].insert(node) }
        connectionCount += connections.count - (outgoing[node]?.count ?? 0)
        outgoing[node] = connections
        // What the node no longer lists is gone in the other direction too. This node's own links it knows better.
        for other in incoming[node] ?? [] where other != ownID && connections[other] == nil {
            disconnect(other, from: node)
        }
    }

    /// The latest updates of the nodes that were heard since, as this node would pass them on.
    func latestUpdates(heardSince limit: MeshInstant) -> [RouteUpdate] {
        nodes.sorted { $0.key < $1.key }.compactMap { node, known in
            guard known.lastHeard >= limit, let updateID = known.updateID else { return nil }
            return RouteUpdate(
                nodeID: node,
                updateID: updateID,
                epoch: known.epoch,
                sequence: known.sequence,
                connections: known.announced,
                forwardingNode: ownID
            )
        }
    }

    // MARK: This node's links

    /// Adds both directions of a link of this node.
    public mutating func addLink(to peer: NodeID, cost: Double) {
        if outgoing[peer] == nil { outgoing[peer] = [:] }
        connect(ownID, to: peer, cost: cost)
        connect(peer, to: ownID, cost: cost)
    }

    /// Removes both directions of a link of this node.
    public mutating func removeLink(to peer: NodeID) {
        disconnect(ownID, from: peer)
        disconnect(peer, from: ownID)
        // A neighbour that never announced itself is known by the link alone.
        if nodes[peer] == nil { forget(peer) }
    }

    /// Whether there is a link with the node.
    func isNeighbour(_ node: NodeID) -> Bool { outgoing[ownID]?[node] != nil }

    // MARK: Connections

    private mutating func connect(_ node: NodeID, to other: NodeID, cost: Double) {
        if outgoing[node, default: [:]].updateValue(cost, forKey: other) == nil { connectionCount += 1 }
        nodes[node]?.isIntact = false
        incoming[other, default: []].insert(node)
    }

    private mutating func disconnect(_ node: NodeID, from other: NodeID) {
        guard outgoing[node]?.removeValue(forKey: other) != nil else { return }
        connectionCount -= 1
        nodes[node]?.isIntact = false
        incoming[other]?.remove(node)
        if incoming[other]?.isEmpty == true { incoming[other] = nil }
    }

    // MARK: Forgetting

    /// Forgets the nodes that no route leads to and that have been silent since.
    ///
    /// - Returns: the nodes that were forgotten.
    public mutating func forgetUnreachable(
        silentSince limit: MeshInstant,
        isReachable: (NodeID) -> Bool
    ) -> [NodeID] {
        let gone = nodes.filter { $0.value.lastHeard < limit && !isReachable($0.key) && !isNeighbour($0.key) }.keys
            .sorted()
        for node in gone { forget(node) }
        return gone
    }

    private mutating func evict(butNot isNeeded: (NodeID) -> Bool) -> [NodeID] {
        let candidates = nodes.filter { !isNeeded($0.key) && !isNeighbour($0.key) }
            .sorted { ($0.value.lastHeard, $0.key) < ($1.value.lastHeard, $1.key) }
        let gone = candidates.prefix(Self.evictionBatch).map(\.key)
        for node in gone { forget(node) }
        return gone
    }

    private mutating func forget(_ node: NodeID) {
        nodes[node] = nil
        for other in (outgoing[node] ?? [:]).keys { disconnect(node, from: other) }
        outgoing[node] = nil
        for other in incoming[node] ?? [] { disconnect(other, from: node) }
    }
}
