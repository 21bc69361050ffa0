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

    /// The node whose view this is.
    public let ownID: NodeID
    private let maximumNodes: Int
    private let maximumConnections: Int
    /// All nodes that anything is known of, each at a place of its own, by which the others name it; this node is the
    /// first.
    private(set) var nodes: [KnownNode]
    /// The places that are free.
    private var freePlaces: [Int32] = []
    /// The places by the bytes of the names.
    private var table = IndexTable()
    /// How many nodes announced themselves.
    public private(set) var nodeCount = 0
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
        nodes = [KnownNode(ownID)]
        nodes[0].isDestination = true
        table.insert(0, hash: TableHash.of(ownID.name))
    }

    /// The costs of all known connections, by the node that they start from and the one that they lead to.
    public var connectionCosts: [NodeID: [NodeID: Double]] {
        var costs: [NodeID: [NodeID: Double]] = [:]
        for node in nodes where node.isDestination { costs[node.id] = costsByName(node.edges) }
        return costs
    }

    /// The costs of a node's connections; `nil` when nothing is known of it.
    public func connections(of node: NodeID) -> [NodeID: Double]? {
        guard let place = place(of: node), nodes[place].isDestination else { return nil }
        return costsByName(nodes[place].edges)
    }

    /// Whether the node announced itself.
    public func knows(_ node: NodeID) -> Bool { announcedPlace(of: node) != nil }

    /// The epoch and sequence of the latest that is known of a node.
    public func version(of node: NodeID) -> (epoch: UInt64, sequence: UInt64)? {
        announcedPlace(of: node).map { (nodes[$0].epoch, nodes[$0].sequence) }
    }

    private func costsByName(_ edges: [Edge]) -> [NodeID: Double] {
        var costs: [NodeID: Double] = [:]
        for edge in edges where edge.isOutgoing { costs[nodes[Int(edge.node)].id] = edge.cost }
        return costs
    }

    // MARK: Places

    /// The place of a node that announced itself, whose name is given as bytes.
    func announcedPlace(named name: ArraySlice<UInt8>) -> Int? {
        place(named: name).flatMap { nodes[$0].isAnnounced ? $0 : nil }
    }

    /// The node with a name, given as bytes, if anything is known of it.
    func node(named name: ArraySlice<UInt8>) -> NodeID? { place(named: name).map { nodes[$0].id } }

    private func place(named name: ArraySlice<UInt8>) -> Int? {
        table.find(TableHash.of(name.span.bytes)) { nodes[$0].id.name.utf8.elementsEqual(name) }
    }

    private func announcedPlace(of node: NodeID) -> Int? {
        place(of: node).flatMap { nodes[$0].isAnnounced ? $0 : nil }
    }

    private func place(of node: NodeID) -> Int? {
        table.find(TableHash.of(node.name)) { nodes[$0].id == node }
    }

    private mutating func makePlace(of node: NodeID) -> Int {
        if let place = place(of: node) { return place }
        let place: Int
        if let free = freePlaces.popLast() {
            place = Int(free)
            nodes[place] = KnownNode(node)
        } else {
            place = nodes.count
            nodes.append(KnownNode(node))
        }
        table.insert(place, hash: TableHash.of(node.name))
        return place
    }

    /// Frees the place of a node that nothing is known of any more.
    private mutating func releaseIfUnused(_ place: Int) {
        guard !nodes[place].isDestination, nodes[place].edges.isEmpty else { return }
        table.remove(place, hash: TableHash.of(nodes[place].id.name))
        nodes[place] = KnownNode(ownID)
        freePlaces.append(Int32(place))
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
        let known = announcedPlace(of: node)
        if let known, (update.epoch, update.sequence) <= (nodes[known].epoch, nodes[known].sequence) { return .stale }
        var evicted: [NodeID] = []
        if !hasRoom(for: update) {
            evicted = evict { isReachable($0) || $0 == node }
            guard hasRoom(for: update) else { return .full }
        }
        let place = makePlace(of: node)
        if !nodes[place].isAnnounced { nodeCount += 1 }
        nodes[place].isAnnounced = true
        nodes[place].isDestination = true
        nodes[place].epoch = update.epoch
        nodes[place].sequence = update.sequence
        nodes[place].updateID = UpdateID(update.updateID)
        nodes[place].lastHeard = now
        nodes[place].written = []
        var connections: [Edge] = []
        connections.reserveCapacity(update.connections.count)
        for (other, cost) in update.connections {
            connections.append(Edge(node: Int32(makePlace(of: other)), isOutgoing: true, cost: cost))
        }
        connections.sort { $0.node < $1.node }
        let isChanged = !nodes[place].edges.lazy.filter(\.isOutgoing)
            .elementsEqual(connections) { $0.node == $1.node && $0.cost == $1.cost }
        if isChanged { replaceConnections(of: place, with: connections) }
        nodes[place].announced = nil
        return .accepted(isNewNode: known == nil, isChanged: isChanged, evicted: evicted)
    }

    /// What an update says that is known by its key, if it is nothing new.
    func repetition(
        _ key: RouteUpdateKey,
        of place: Int,
        in message: [UInt8]
    ) -> RouteUpdateLogic.Repetition {
        guard nodes[place].epoch == key.epoch, nodes[place].updateID != .none else { return .isNews }
        let sequence = nodes[place].sequence
        if sequence == key.sequence, nodes[place].updateID == UpdateID(message[key.updateID]) { return .isDuplicate }
        guard sequence < key.sequence, nodes[place].announced == nil else { return .isNews }
        let written = nodes[place].written
        let connections = message[key.connections]
        guard !written.isEmpty, written.span.bytes.hasSameBytes(as: connections.span.bytes) else { return .isNews }
        return .isRefreshed
    }

    /// Notes a newer update that lists the same connections.
    mutating func refresh(_ place: Int, sequence: UInt64, updateID: UpdateID, at now: MeshInstant) {
        nodes[place].sequence = sequence
        nodes[place].updateID = updateID
        nodes[place].lastHeard = now
    }

    /// Keeps how the connections of an update were written, if it is the one that was taken in last.
    mutating func keepConnections(of update: RouteUpdate, as bytes: ArraySlice<UInt8>) {
        guard let place = announcedPlace(of: update.nodeID), nodes[place].epoch == update.epoch,
            nodes[place].sequence == update.sequence, nodes[place].updateID == UpdateID(update.updateID),
            !nodes[place].written.elementsEqual(bytes), announces(place, update.connections),
            // One object without texts that could hide where it ends.
            bytes.firstIndex(of: UInt8(ascii: "}")) == bytes.endIndex - 1
        else { return }
        nodes[place].written = Array(bytes)
    }

    private func announces(_ place: Int, _ connections: [NodeID: Double]) -> Bool {
        if let announced = nodes[place].announced { return announced == connections }
        let outgoing = nodes[place].edges.lazy.filter(\.isOutgoing)
        return outgoing.count == connections.count
            && outgoing.allSatisfy { connections[nodes[Int($0.node)].id] == $0.cost }
    }

    /// Whether a node's latest update lists this one.
    func isListed(by place: Int) -> Bool {
        guard let announced = nodes[place].announced else { return nodes[place].edge(with: 0)?.isOutgoing == true }
        return announced[ownID] != nil
    }

    /// Believes an update that calls what is known of its node the work of a duplicate.
    public mutating func adopt(_ update: RouteUpdate, at now: MeshInstant) {
        guard let place = announcedPlace(of: update.nodeID), nodes[place].epoch == update.suspectedDuplicate else {
            return
        }
        nodes[place].epoch = update.epoch
        nodes[place].sequence = update.sequence
        nodes[place].updateID = .none
        nodes[place].lastHeard = now
        nodes[place].written = []
    }

    private func hasRoom(for update: RouteUpdate) -> Bool {
        let place = place(of: update.nodeID)
        let replaced = place.map { nodes[$0].edges.count { $0.isOutgoing } } ?? 0
        return connectionCount - replaced + update.connections.count <= maximumConnections
            && (place.map { nodes[$0].isAnnounced } == true || nodeCount < maximumNodes)
    }

    private mutating func replaceConnections(of place: Int, with connections: [Edge]) {
        let old = nodes[place].edges
        let own = Int32(place)
        var merged: [Edge] = []
        merged.reserveCapacity(max(old.count, connections.count))
        var dropped: [Int] = []
        var next = 0
        func isBefore(_ edge: Edge) -> Bool { next < connections.count && connections[next].node < edge.node }
        for edge in old {
            while isBefore(edge) {
                merged.append(connect(own, connections[next]))
                next += 1
            }
            let other = Int(edge.node)
            if next < connections.count, connections[next].node == edge.node {
                var kept = edge.isOutgoing ? edge : connect(own, connections[next])
                kept.isIncoming = kept.isIncoming || edge.isIncoming
                kept.cost = connections[next].cost
                merged.append(kept)
                next += 1
                continue
            }
            if edge.isOutgoing {
                connectionCount -= 1
                if other != place { nodes[other].clearIncoming(from: own) }
            }
            // What the node no longer lists is gone in the other direction too. This node's own links it knows better.
            if edge.isIncoming, other == 0 {
                merged.append(Edge(node: edge.node, isIncoming: true))
            } else if edge.isIncoming, other != place {
                noteDeparture(other)
                if nodes[other].clearOutgoing(to: own) { connectionCount -= 1 }
            }
            dropped.append(other)
        }
        while next < connections.count {
            merged.append(connect(own, connections[next]))
            next += 1
        }
        nodes[place].edges = merged
        for other in dropped where other != place { releaseIfUnused(other) }
    }

    /// Notes a connection at its other end.
    private mutating func connect(_ place: Int32, _ connection: Edge) -> Edge {
        connectionCount += 1
        var edge = connection
        if edge.node == place { edge.isIncoming = true } else { nodes[Int(edge.node)].setIncoming(from: place) }
        return edge
    }

    /// The latest updates of the nodes that were heard since, as this node would pass them on.
    func latestUpdates(heardSince limit: MeshInstant) -> [RouteUpdate] {
        nodes.filter { $0.isAnnounced && $0.lastHeard >= limit }.sorted { $0.id < $1.id }.compactMap { known in
            guard let updateID = known.updateID.text else { return nil }
            return RouteUpdate(
                nodeID: known.id,
                updateID: updateID,
                epoch: known.epoch,
                sequence: known.sequence,
                connections: known.announced ?? costsByName(known.edges),
                forwardingNode: ownID
            )
        }
    }

    // MARK: This node's links

    /// Adds both directions of a link of this node.
    public mutating func addLink(to peer: NodeID, cost: Double) {
        let place = makePlace(of: peer)
        nodes[place].isDestination = true
        connect(0, to: place, cost: cost)
        connect(place, to: 0, cost: cost)
    }

    /// Removes both directions of a link of this node.
    public mutating func removeLink(to peer: NodeID) {
        guard let place = place(of: peer) else { return }
        disconnect(0, from: place)
        disconnect(place, from: 0)
        // A neighbour that never announced itself is known by the link alone.
        if !nodes[place].isAnnounced { forget(place) }
    }

    /// Whether there is a link with the node.
    func isNeighbour(_ node: NodeID) -> Bool { place(of: node).map { isNeighbour($0) } ?? false }

    /// Whether there is a link with the node at a place.
    func isNeighbour(_ place: Int) -> Bool { nodes[0].edge(with: Int32(place))?.isOutgoing == true }

    // MARK: Connections

    /// Keeps what a node announced before what holds becomes something else.
    private mutating func noteDeparture(_ node: Int) {
        guard nodes[node].isAnnounced, nodes[node].announced == nil else { return }
        nodes[node].announced = costsByName(nodes[node].edges)
    }

    private mutating func connect(_ node: Int, to other: Int, cost: Double) {
        if let edge = nodes[node].edge(with: Int32(other)), edge.isOutgoing, edge.cost == cost { return }
        noteDeparture(node)
        if nodes[node].setOutgoing(to: Int32(other), cost: cost) { connectionCount += 1 }
        nodes[other].setIncoming(from: Int32(node))
    }

    private mutating func disconnect(_ node: Int, from other: Int) {
        guard nodes[node].edge(with: Int32(other))?.isOutgoing == true else { return }
        noteDeparture(node)
        connectionCount -= 1
        _ = nodes[node].clearOutgoing(to: Int32(other))
        nodes[other].clearIncoming(from: Int32(node))
    }

    // MARK: Forgetting

    /// Forgets the nodes that no route leads to and that have been silent since.
    ///
    /// - Returns: the nodes that were forgotten.
    public mutating func forgetUnreachable(
        silentSince limit: MeshInstant,
        isReachable: (NodeID) -> Bool
    ) -> [NodeID] {
        let gone = nodes.indices.filter {
            nodes[$0].isAnnounced && nodes[$0].lastHeard < limit && !isReachable(nodes[$0].id) && !isNeighbour($0)
        }
        return forget(gone.sorted { nodes[$0].id < nodes[$1].id })
    }

    private mutating func evict(butNot isNeeded: (NodeID) -> Bool) -> [NodeID] {
        let candidates = nodes.indices
            .filter { nodes[$0].isAnnounced && !isNeeded(nodes[$0].id) && !isNeighbour($0) }
            .sorted { (nodes[$0].lastHeard, nodes[$0].id) < (nodes[$1].lastHeard, nodes[$1].id) }
        return forget(Array(candidates.prefix(Self.evictionBatch)))
    }

    private mutating func forget(_ places: [Int]) -> [NodeID] {
        let names = places.map { nodes[$0].id }
        for place in places { forget(place) }
        return names
    }

    private mutating func forget(_ place: Int) {
        if nodes[place].isAnnounced { nodeCount -= 1 }
        let edges = nodes[place].edges
        nodes[place] = KnownNode(nodes[place].id)
        for edge in edges {
            let other = Int(edge.node)
            if edge.isOutgoing { connectionCount -= 1 }
            guard other != place else { continue }
            if edge.isOutgoing { nodes[other].clearIncoming(from: Int32(place)) }
            if edge.isIncoming {
                noteDeparture(other)
                if nodes[other].clearOutgoing(to: Int32(place)) { connectionCount -= 1 }
            }
            releaseIfUnused(other)
        }
        releaseIfUnused(place)
    }
}
