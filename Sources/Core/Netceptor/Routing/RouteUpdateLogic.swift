/// What a node makes of route updates (mesh-protocol §3.2): a state and functions from inputs to effects.
public struct RouteUpdateLogic: Sendable {
    /// When this node started, as it tells others.
    public let epoch: UInt64
    /// How many updates this node has made.
    public private(set) var sequence: UInt64 = 0
    /// What is known of the mesh.
    public private(set) var topology: MeshTopology
    private(set) var seen: SeenUpdates
    private let timings: MeshTimings
    private var lastNotice: MeshInstant?

    /// The state of a node that starts.
    public init(ownID: NodeID, epoch: UInt64, timings: MeshTimings = MeshTimings()) {
        self.epoch = epoch
        self.timings = timings
        topology = MeshTopology(ownID: ownID)
        seen = SeenUpdates(lifetime: timings.seenUpdateLifetime)
    }

    /// The epoch of a node that starts now (mesh-protocol §3.2).
    ///
    /// The lower 24 bits are Receptor's random number; here they are the fraction of the second, so that a node that is
    /// started twice in one second has the greater epoch the second time: with a smaller one, others would take all
    /// that it says for old.
    public static func epoch(unixNanoseconds: Int64) -> UInt64 {
        let (seconds, fraction) = UInt64(clamping: unixNanoseconds).quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds << 24 | (fraction << 24) / 1_000_000_000
    }

    /// This node's next update.
    public mutating func makeOwnUpdate(updateID: String, suspectedDuplicate: UInt64 = 0) -> RouteUpdate {
        sequence += 1
        return RouteUpdate(
            nodeID: topology.ownID,
            updateID: updateID,
            epoch: epoch,
            sequence: sequence,
            connections: topology.connections(of: topology.ownID) ?? [:],
            forwardingNode: topology.ownID,
            suspectedDuplicate: suspectedDuplicate
        )
    }

    // MARK: Updates of others

    /// Takes in an update from a neighbour.
    ///
    /// - Parameter isReachable: whether a route leads to a node, as far as is known now.
    public mutating func receive(
        _ update: RouteUpdate,
        from neighbour: NodeID,
        at now: MeshInstant,
        isReachable: (NodeID) -> Bool
    ) -> [RouteEffect] {
        if update.nodeID == topology.ownID { return receiveOwn(update, from: neighbour, at: now) }
        guard seen.insert(UpdateID(update.updateID), at: now) else { return [] }
        if update.suspectedDuplicate != 0 {
            topology.adopt(update, at: now)
            let text =
                "node \(update.nodeID) with epoch \(update.epoch) suspects a duplicate with epoch "
                + "\(update.suspectedDuplicate)"
            return [.log(MeshLogEntry(.warning, text)), passedOn(update, except: neighbour)]
        }
        let knownEpoch = topology.version(of: update.nodeID)?.epoch
        switch topology.apply(update, at: now, isReachable: isReachable) {
        case .stale:
            return []
        case .full:
            return [.log(MeshLogEntry(.warning, "no room for the route update of node \(update.nodeID)"))]
        case .accepted(let isNewNode, let isChanged, let evicted):
            var effects: [RouteEffect] = evicted.isEmpty ? [] : [.nodesForgotten(evicted)]
            if isNewNode { effects.append(.nodeFound(update.nodeID)) }
            if let knownEpoch, knownEpoch != update.epoch { effects.append(.nodeRestarted(update.nodeID)) }
            if isNewNode || contradicts(update) {
                effects.append(.sendOwnUpdate(by: now.advanced(by: timings.routeUpdateDelay)))
            }
            if isChanged { effects.append(.recompute(by: now.advanced(by: recomputeDelay))) }
            return effects + [passedOn(update, except: neighbour)]
        }
    }

    /// What an update is that was looked at by its key alone.
    enum Repetition {
        /// It has to be decoded.
        case isNews
        /// It has come before.
        case isDuplicate
        /// It is the next of its node and lists the same connections: it has to be passed on.
        case isRefreshed
    }

    /// Takes in an update of the node at a place that suspects no duplicate, if it says nothing new.
    mutating func receiveRepeated(
        _ key: RouteUpdateKey,
        of place: Int,
        in message: [UInt8],
        at now: MeshInstant
    ) -> Repetition {
        guard !topology.isNeighbour(place) || topology.isListed(by: place) else { return .isNews }
        let repetition = topology.repetition(key, of: place, in: message)
        guard repetition == .isRefreshed else { return repetition }
        let updateID = UpdateID(message[key.updateID])
        guard seen.insert(updateID, at: now) else { return .isDuplicate }
        topology.refresh(place, sequence: key.sequence, updateID: updateID, at: now)
        return .isRefreshed
    }

    /// Keeps how the connections were written in an update that was taken in, to know them again.
    mutating func keepConnections(of update: RouteUpdate, as bytes: ArraySlice<UInt8>) {
        topology.keepConnections(of: update, as: bytes)
    }

    /// A mesh of more than ten thousand connections, real or made up, is calculated less often: the work stays a small
    /// part of the time.
    private var recomputeDelay: Duration {
        timings.recomputeDelay * (1 + topology.connectionCount / 10_000)
    }

    /// Whether a neighbour's update, which came by a detour, was written before the link: then everyone who had heard of
    /// the link from this node has just removed it and has to hear of it again.
    private func contradicts(_ update: RouteUpdate) -> Bool {
        topology.isNeighbour(update.nodeID) && update.connections[topology.ownID] == nil
    }

    private func passedOn(_ update: RouteUpdate, except neighbour: NodeID) -> RouteEffect {
        var update = update
        update.forwardingNode = topology.ownID
        return .flood(update, except: neighbour)
    }

    /// An update with this node's ID: its own that came back, one from its former life, or a duplicate's.
    private mutating func receiveOwn(
        _ update: RouteUpdate,
        from neighbour: NodeID,
        at now: MeshInstant
    ) -> [RouteEffect] {
        guard update.epoch != epoch else { return [] }
        if update.suspectedDuplicate == epoch {
            let text =
                "another node has the ID \(topology.ownID) and is older than this one, whose epoch is \(epoch): "
                + "leaving the mesh; give this node an ID of its own"
            return [.log(MeshLogEntry(.error, text)), .shutDown]
        }
        // Of two nodes with one ID, the one that started later has to go.
        guard update.epoch > epoch else { return [] }
        // Everyone who floods such updates would make this node flood as many.
        if let lastNotice, lastNotice.duration(to: now) < timings.duplicateNoticeInterval { return [] }
        lastNotice = now
        let text = "a duplicate of node \(update.nodeID) was detected via \(neighbour)"
        return [.log(MeshLogEntry(.error, text)), .sendDuplicateNotice(epoch: update.epoch)]
    }

    /// What a new neighbour should know: the latest update of each node that was heard of lately. It may have them all,
    /// then it drops them; it may have been cut off, then it need not wait for the next round.
    func updatesForNewNeighbour(_ neighbour: NodeID, at now: MeshInstant) -> [RouteUpdate] {
        topology.latestUpdates(heardSince: now.advanced(by: .zero - timings.routeUpdateInterval * 3))
            .filter { $0.nodeID != neighbour }
    }

    // MARK: Links

    /// A link to a neighbour is established.
    public mutating func linkEstablished(
        with neighbour: NodeID,
        cost: Double,
        at now: MeshInstant
    ) -> [RouteEffect] {
        topology.addLink(to: neighbour, cost: cost)
        return [.sendOwnUpdate(by: now.advanced(by: timings.routeUpdateDelay)), .recompute(by: now)]
    }

    /// A link that was established is gone.
    public mutating func linkLost(with neighbour: NodeID, at now: MeshInstant) -> [RouteEffect] {
        topology.removeLink(to: neighbour)
        return [.sendOwnUpdate(by: now.advanced(by: timings.routeUpdateDelay)), .recompute(by: now)]
    }

    /// This node leaves the mesh.
    mutating func loseAllLinks() {
        for neighbour in (topology.connections(of: topology.ownID) ?? [:]).keys { topology.removeLink(to: neighbour) }
    }

    /// Forgets nodes that are long gone.
    public mutating func forgetNodes(at now: MeshInstant, isReachable: (NodeID) -> Bool) -> [RouteEffect] {
        let gone = topology.forgetUnreachable(
            silentSince: now.advanced(by: .zero - timings.unreachableNodeLifetime),
            isReachable: isReachable
        )
        return gone.isEmpty ? [] : [.nodesForgotten(gone)]
    }
}
