/// How a ping ended (mesh-protocol §6).
public enum PingOutcome: Sendable, Hashable {
    /// The node answered.
    case reply(from: NodeID, after: Duration)
    /// A node on the way could not deliver it.
    case unreachable(from: NodeID, UnreachableProblem, after: Duration)
    /// It could not be sent.
    case failed(MeshError)
    /// Nothing came in time.
    case timedOut(after: Duration)
}
