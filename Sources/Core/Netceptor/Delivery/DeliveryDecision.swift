/// What to do with a datagram (mesh-protocol §3.1). It depends on the envelope alone, not on the payload.
public enum DeliveryDecision: Sendable, Hashable {
    /// Answer the ping.
    case answerPing
    /// Tell the owner of a service of this node what its datagram met with.
    case noticeUnreachable
    /// Hand it to the service.
    case deliver
    /// Send it to a neighbour, with that many hops to live.
    case forward(via: NodeID, hopsToLive: UInt8)
    /// Tell its sender that it was not delivered.
    case refuse(UnreachableProblem)
    /// Forget it.
    case discard
    /// Forget it; a sender on this node gets the error.
    case fail(MeshError)
}
