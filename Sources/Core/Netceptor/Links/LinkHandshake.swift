/// One link's life, from greeting the peer to its end (mesh-protocol §3.3): a state machine.
public struct LinkHandshake: Sendable {
    /// How far the link is.
    public enum Phase: Sendable, Hashable {
        /// The peer has not said who it is.
        case greeting(sent: Int, next: MeshInstant)
        /// The peer is known.
        ///
        /// - Parameter isMutual: the peer has listed this node among its neighbours.
        case established(NodeID, isMutual: Bool)
        /// The link is closed, or about to be.
        case ended
    }

    /// How far the link is.
    public private(set) var phase: Phase
    /// What the configuration says about it.
    public let options: LinkOptions
    private let ownID: NodeID
    private let interval: Duration

    /// A link that was just opened: its first greeting is due.
    public init(ownID: NodeID, options: LinkOptions, timings: MeshTimings = MeshTimings(), at now: MeshInstant) {
        self.ownID = ownID
        self.options = options
        interval = timings.greetingInterval
        phase = .greeting(sent: 0, next: now)
    }

    /// The peer, once the link is established.
    public var peer: NodeID? {
        guard case .established(let peer, _) = phase else { return nil }
        return peer
    }

    /// When ``tick(at:)`` has something to do.
    public var deadline: MeshInstant? {
        guard case .greeting(_, let next) = phase else { return nil }
        return next
    }

    /// Greets the peer once a second, until it answers or has not for 11 times.
    public mutating func tick(at now: MeshInstant) -> [LinkEffect] {
        guard case .greeting(let sent, let next) = phase, next <= now else { return [] }
        guard sent < MeshLimits.greetings else { return end(.noAnswer) }
        phase = .greeting(sent: sent + 1, next: now.advanced(by: interval))
        return [.greet]
    }

    /// Takes in a route update from the peer.
    ///
    /// - Parameter isConnected: whether there is an established link with a node.
    public mutating func receive(_ update: RouteUpdate, isConnected: (NodeID) -> Bool) -> [LinkEffect] {
        switch phase {
        case .greeting: meet(update.forwardingNode, isConnected: isConnected)
        case .established(let peer, let isMutual): check(update, from: peer, isMutual: isMutual)
        case .ended: []
        }
    }

    /// Takes in a reject message from the peer.
    ///
    /// - Parameter reason: what the peer says of it, if anything.
    public mutating func receiveReject(reason: String? = nil) -> [LinkEffect] {
        phase == .ended ? [] : end(.rejectedByPeer(reason))
    }

    /// Ends the link for a reason outside of the handshake.
    public mutating func end(_ reason: LinkEnd) -> [LinkEffect] {
        phase = .ended
        return [.end(reason)]
    }

    /// The first update tells only who the peer is: what it lists was written before it knew this node.
    private mutating func meet(_ peer: NodeID, isConnected: (NodeID) -> Bool) -> [LinkEffect] {
        if peer == ownID { return end(.peerHasOwnID) }
        guard options.allows(peer) else { return end(.peerNotAllowed(peer)) }
        guard !isConnected(peer) else { return end(.alreadyConnected(peer)) }
        phase = .established(peer, isMutual: false)
        return [.establish(peer, cost: options.cost(to: peer))]
    }

    private mutating func check(_ update: RouteUpdate, from peer: NodeID, isMutual: Bool) -> [LinkEffect] {
        guard update.forwardingNode == peer else { return end(.peerChanged(from: peer, to: update.forwardingNode)) }
        guard update.nodeID == peer else { return [.process(update, from: peer)] }
        guard let cost = update.connections[ownID] else {
            // Until the peer has listed this node once, this is a greeting that was under way.
            return isMutual ? end(.notListedAnyMore(by: peer)) : []
        }
        let own = options.cost(to: peer)
        guard cost == own else { return end(.costsDiffer(own: own, peer: cost)) }
        phase = .established(peer, isMutual: true)
        return [.process(update, from: peer)]
    }
}
