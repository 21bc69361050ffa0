/// Decides what becomes of datagrams, own ones, received ones and those that pass through (mesh-protocol §3.1).
public struct Delivery: Sendable {
    /// This node.
    public let ownID: NodeID
    /// What may pass.
    public var firewall: Firewall

    /// Decides for a node, whose firewall lets everything pass unless one is given.
    public init(ownID: NodeID, firewall: Firewall = Firewall()) {
        self.ownID = ownID
        self.firewall = firewall
    }

    /// The decision for one datagram.
    ///
    /// - Parameters:
    ///   - isListening: whether anyone on this node listens on a service.
    ///   - nextHop: the neighbour on the way to a node.
    public func decide(
        _ envelope: Envelope,
        isListening: (ServiceName) -> Bool,
        nextHop: (NodeID) -> NodeID?
    ) -> DeliveryDecision {
        switch firewall.decide(envelope) {
        case .accept: break
        case .drop: return .discard
        case .reject: return refusal(of: envelope, .blockedByFirewall)
        }
        return envelope.destination == ownID
            ? decideHere(envelope, isListening) : decideOnward(envelope, nextHop)
    }

    private func decideHere(_ envelope: Envelope, _ isListening: (ServiceName) -> Bool) -> DeliveryDecision {
        if envelope.destinationService == .ping { return .answerPing }
        if envelope.destinationService == .unreach { return .noticeUnreachable }
        if isListening(envelope.destinationService) { return .deliver }
        // A sender on this node need not wait for a message to learn it.
        return envelope.source == ownID ? .fail(.serviceUnknown) : refusal(of: envelope, .serviceUnknown)
    }

    private func decideOnward(_ envelope: Envelope, _ nextHop: (NodeID) -> NodeID?) -> DeliveryDecision {
        guard envelope.hopsToLive > 0 else { return refusal(of: envelope, .messageExpired) }
        guard let next = nextHop(envelope.destination) else { return .fail(.noRoute) }
        return .forward(via: next, hopsToLive: envelope.hopsToLive - 1)
    }

    /// What could not be delivered is never reported when it is a report itself: two nodes would go on for ever.
    private func refusal(of envelope: Envelope, _ problem: UnreachableProblem) -> DeliveryDecision {
        envelope.sourceService == .unreach ? .discard : .refuse(problem)
    }
}
