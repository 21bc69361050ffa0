/// Route updates and the routing table (mesh-protocol §3.2).
extension NodeState {
    mutating func receive(_ update: RouteUpdate, from peer: NodeID, at now: MeshTime) {
        for node in update.connections.keys { names.hear(node) }
        let routeEffects = routing.receive(update, from: peer, at: now.instant) { [routes] in routes.reaches($0) }
        perform(routeEffects, at: now)
    }

    /// Takes in an update that says nothing new of its node's connections, as nearly all do, without decoding it.
    ///
    /// - Returns: whether it is one; if not, nothing was done.
    mutating func repeatsWhatIsKnown(
        _ key: RouteUpdateKey,
        of message: [UInt8],
        from peer: NodeID,
        at now: MeshTime
    ) -> Bool {
        // A peer's own updates tell whether the link is still what both sides take it for.
        guard let place = routing.topology.announcedPlace(named: message[key.nodeID]),
            case let node = routing.topology.nodes[place].id, node != nodeID, node != peer
        else { return false }
        switch routing.receiveRepeated(key, of: place, in: message, at: now.instant) {
        case .isNews: return false
        case .isDuplicate: return true
        case .isRefreshed:
            var forwarded: [UInt8] = []
            forwarded.reserveCapacity(key.connections.upperBound + updateEnding.count)
            forwarded += message[..<key.connections.upperBound]
            forwarded += updateEnding
            flood(forwarded, except: peer)
            return true
        }
    }

    mutating func perform(_ routeEffects: [RouteEffect], at now: MeshTime) {
        for effect in routeEffects {
            guard !isShutDown else { return }
            switch effect {
            case .flood(let update, let neighbour): flood(MeshMessage.routeUpdate(update).encoded, except: neighbour)
            case .sendOwnUpdate(let deadline): nextRouteUpdate = min(nextRouteUpdate, deadline)
            case .sendDuplicateNotice(let epoch):
                let notice = routing.makeOwnUpdate(updateID: randomUpdateID(), suspectedDuplicate: epoch)
                flood(MeshMessage.routeUpdate(notice).encoded)
            case .recompute(let deadline): nextRecompute = min(nextRecompute ?? deadline, deadline)
            case .nodeFound(let node):
                names.hold(node)
                advertiseToNewNode(at: now)
            case .nodeRestarted(let node):
                services.nodeRestarted(node)
                effects.append(.nodeRestarted(node))
                advertiseToNewNode(at: now)
            case .nodesForgotten(let nodes): for node in nodes { letGo(of: node) }
            case .shutDown: shutDown()
            case .log(let entry): effects.append(.log(entry))
            }
        }
    }

    private mutating func advertiseToNewNode(at now: MeshTime) {
        let random = Double.random(in: 0...1, using: &generator)
        services.advertiseToNewNode(nodeCount: topology.nodeCount, random: random, at: now.instant)
    }

    /// The name of a node that is no longer known may still be of use for a while.
    mutating func letGo(of node: NodeID) {
        names.release(node)
        names.hear(node)
    }

    mutating func tickRouting(at now: MeshTime) {
        if let due = nextRecompute, due <= now.instant { recomputeRoutes() }
        if nextRouteUpdate <= now.instant { sendRouteUpdate(at: now) }
        guard nextCleaning <= now.instant else { return }
        nextCleaning = now.instant.advanced(by: timings.advertisementInterval)
        let isReachable = { [routes] (node: NodeID) in routes.reaches(node) }
        perform(routing.forgetNodes(at: now.instant, isReachable: isReachable), at: now)
        services.expire(at: now.instant, isReachable: isReachable)
    }

    private mutating func recomputeRoutes() {
        nextRecompute = nil
        let table = RoutingTable(from: topology)
        guard table != routes else { return }
        routes = table
        effects.append(.routesChanged)
    }

    private mutating func sendRouteUpdate(at now: MeshTime) {
        nextRouteUpdate = now.instant.advanced(by: timings.routeUpdateInterval)
        guard !linkOfPeer.isEmpty else { return }
        flood(MeshMessage.routeUpdate(routing.makeOwnUpdate(updateID: randomUpdateID())).encoded)
    }
}
