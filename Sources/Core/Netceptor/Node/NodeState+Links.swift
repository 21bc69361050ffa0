/// Links and the messages that come over them (mesh-protocol §3.3).
extension NodeState {
    /// A session with someone was opened: both sides now tell each other who they are.
    public mutating func openLink(
        _ options: LinkOptions = .standard,
        at now: MeshTime
    ) -> (link: LinkID, effects: [MeshEffect]) {
        let link = LinkID(rawValue: newNumber())
        guard !isShutDown else { return (link, [.close(link, .shutDown)]) }
        let handshake = LinkHandshake(ownID: nodeID, options: options, timings: timings, at: now.instant)
        links[link] = Link(handshake: handshake, lastReceived: now.instant)
        greetingLinks.insert(link)
        tickHandshake(of: link, at: now)
        return (link, takeEffects())
    }

    /// The session is gone. Links that this node closed itself need not be told of, but may be.
    public mutating func linkClosed(_ link: LinkID, at now: MeshTime) -> [MeshEffect] {
        forget(link, at: now)
        return takeEffects()
    }

    /// A message came over a link.
    public mutating func receive(_ message: [UInt8], on link: LinkID, at now: MeshTime) -> [MeshEffect] {
        guard !isShutDown, let index = links.index(forKey: link) else { return [] }
        let (peer, ending) = links.values[index].noteReceived(at: now.instant)
        // Nearly all messages say what is known, and come from several neighbours: those are not even decoded.
        var key: RouteUpdateKey?
        if let peer {
            key = RouteUpdateKey(message, ending: ending)
            if let key, repeatsWhatIsKnown(key, of: message, from: peer, at: now) { return takeEffects() }
            if key == nil, let node = services.node(ofRepeated: message) {
                names.hear(node)
                return []
            }
        }
        do throws(MeshError) {
            let decoded = try decode(message, key: key, on: link)
            receive(decoded, bytes: message, on: link, at: now)
            if let key, case .routeUpdate(let update) = decoded {
                routing.keepConnections(of: update, as: message[key.connections])
            }
        } catch {
            // A peer that has no ID yet says so with an empty one: that is no fault.
            if error.code != .emptyMessage { complain(error.message, about: link) }
        }
        return takeEffects()
    }

    private func decode(_ message: [UInt8], key: RouteUpdateKey?, on link: LinkID) throws(MeshError) -> MeshMessage {
        if let key, let peer = links[link]?.peer {
            let topology = routing.topology
            let update = key.update(in: message, forwardedBy: peer) { topology.node(named: $0) }
            if let update { return .routeUpdate(update) }
        }
        return try MeshMessage(decoding: message)
    }

    private mutating func receive(_ message: MeshMessage, bytes: [UInt8], on link: LinkID, at now: MeshTime) {
        switch message {
        case .routeUpdate(let update):
            let isConnected = { [linkOfPeer] (peer: NodeID) in linkOfPeer[peer] != nil }
            perform(links[link]?.handshake.receive(update, isConnected: isConnected) ?? [], on: link, at: now)
        case .reject:
            perform(
                links[link]?.handshake.receiveReject(reason: RejectMessage.reason(in: bytes)) ?? [],
                on: link,
                at: now
            )
        case .data(let data):
            guard links[link]?.peer != nil else { return }
            receive(data, on: link, at: now)
        case .serviceAdvertisement(let advertisement):
            guard let peer = links[link]?.peer else { return }
            receive(advertisement, bytes: bytes, from: peer, at: now)
        }
    }

    private mutating func receive(
        _ advertisement: ServiceAdvertisement,
        bytes: [UInt8],
        from peer: NodeID,
        at now: MeshTime
    ) {
        names.hear(advertisement.nodeID)
        let isNews = services.receive(advertisement, message: bytes, from: peer, at: now.instant) { [routes] in
            routes[$0]?.nextHop
        }
        guard isNews else { return }
        flood(bytes, except: peer)
        effects.append(.advertisementsChanged)
    }

    /// Logs what is wrong with a link's messages, ever more rarely: the log must not grow as fast as a peer sends.
    mutating func complain(_ problem: String, about link: LinkID) {
        guard var complaints = links[link]?.complaints else { return }
        complaints += 1
        links[link]?.complaints = complaints
        guard complaints.nonzeroBitCount == 1 else { return }
        let peer = links[link]?.peer.map { "node \($0)" } ?? "an unknown peer"
        let count = complaints > 1 ? " (number \(complaints))" : ""
        log(.warning, "message from \(peer) over \(link) ignored\(count): \(problem)")
    }

    // MARK: Handshakes

    mutating func tickLinks(at now: MeshTime) {
        for link in greetingLinks.sorted() { tickHandshake(of: link, at: now) }
        guard nextIdleCheck <= now.instant else { return }
        nextIdleCheck = now.instant.advanced(by: timings.idleCheckInterval)
        for link in links.keys.sorted() {
            guard let state = links[link] else { continue }
            guard state.lastReceived.duration(to: now.instant) > timings.maximumIdleTime else { continue }
            perform([.end(.idle(state.peer))], on: link, at: now)
        }
    }

    private mutating func tickHandshake(of link: LinkID, at now: MeshTime) {
        perform(links[link]?.handshake.tick(at: now.instant) ?? [], on: link, at: now)
    }

    private mutating func perform(_ linkEffects: [LinkEffect], on link: LinkID, at now: MeshTime) {
        for effect in linkEffects {
            switch effect {
            case .greet:
                let update = routing.makeOwnUpdate(updateID: randomUpdateID())
                effects.append(.send(MeshMessage.routeUpdate(update).encoded, over: link))
            case .establish(let peer, let cost): establish(link, with: peer, cost: cost, at: now)
            case .process(let update, let peer):
                if update.nodeID == peer, links[link]?.isAccepted == false {
                    links[link]?.isAccepted = true
                    effects.append(.linkAccepted(link, peer))
                }
                receive(update, from: peer, at: now)
            case .end(let reason): end(link, reason, at: now)
            }
        }
    }

    private mutating func establish(_ link: LinkID, with peer: NodeID, cost: Double, at now: MeshTime) {
        greetingLinks.remove(link)
        links[link]?.peer = peer
        links[link]?.updateEnding = RouteUpdateKey.ending(forwardedBy: peer)
        addNeighbour(peer, over: link)
        names.hold(peer)
        effects.append(.linkEstablished(link, peer))
        let routeEffects = routing.linkEstablished(with: peer, cost: cost, at: now.instant)
        // At once: whatever this node sends comes behind it, so that nobody takes a stream of this node for one from
        // before its restart.
        let update = routing.makeOwnUpdate(updateID: randomUpdateID())
        effects.append(.send(MeshMessage.routeUpdate(update).encoded, over: link))
        tellNewNeighbour(peer, over: link, at: now)
        perform(routeEffects, at: now)
    }

    /// Tells a neighbour what it would otherwise have to wait for until the next round of updates and advertisements.
    private mutating func tellNewNeighbour(_ peer: NodeID, over link: LinkID, at now: MeshTime) {
        for update in routing.updatesForNewNeighbour(peer, at: now.instant) {
            effects.append(.send(MeshMessage.routeUpdate(update).encoded, over: link))
        }
        for advertisement in services.ownAdvertisements(at: now) {
            effects.append(.send(MeshMessage.serviceAdvertisement(advertisement).encoded, over: link))
        }
        for message in services.messagesForNewNeighbour(peer) {
            effects.append(.send(message, over: link))
        }
    }

    // MARK: Ends

    private mutating func end(_ link: LinkID, _ reason: LinkEnd, at now: MeshTime) {
        if reason.rejectsPeer {
            effects.append(.send(RejectMessage.encoded(reason: reason.description), over: link))
        }
        effects.append(.close(link, reason))
        forget(link, at: now)
    }

    private mutating func forget(_ link: LinkID, at now: MeshTime) {
        guard let state = links.removeValue(forKey: link) else { return }
        greetingLinks.remove(link)
        guard let peer = state.peer else { return }
        removeNeighbour(peer)
        effects.append(.linkLost(link, peer))
        perform(routing.linkLost(with: peer, at: now.instant), at: now)
        if !topology.knows(peer) { letGo(of: peer) }
    }

    mutating func shutDown() {
        for link in links.keys.sorted() { effects.append(.close(link, .shutDown)) }
        for ping in pings.values.sorted(by: { $0.id.rawValue < $1.id.rawValue }) {
            effects.append(.pingEnded(ping.id, .failed(.shutDown)))
        }
        links = [:]
        greetingLinks = []
        removeAllNeighbours()
        routing.loseAllLinks()
        pings = [:]
        routes = RoutingTable()
        isShutDown = true
        effects.append(.shutDown)
    }
}
