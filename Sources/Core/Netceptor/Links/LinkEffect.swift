/// What has to be done about a link.
public enum LinkEffect: Sendable, Hashable {
    /// Send this node's route update over the link, so that the peer learns who is there.
    case greet
    /// The link is established.
    case establish(NodeID, cost: Double)
    /// Take the update in as routing information.
    case process(RouteUpdate, from: NodeID)
    /// Close the link, after a reject message where ``LinkEnd/rejectsPeer`` says so.
    case end(LinkEnd)
}
