/// What the world has to do for a node, in this order.
public enum MeshEffect: Sendable, Hashable {
    /// Send a message over a link.
    case send([UInt8], over: LinkID)
    /// Close a link when what was sent over it is out.
    case close(LinkID, LinkEnd)
    /// A link is established.
    case linkEstablished(LinkID, NodeID)
    /// The peer has taken the link too: it lists this node as a neighbour.
    case linkAccepted(LinkID, NodeID)
    /// A link that was established is gone.
    case linkLost(LinkID, NodeID)
    /// Hand a datagram to the service it is for.
    case deliver(Datagram)
    /// Tell the owner of the service `message.fromService` that a datagram was not delivered.
    case unreachable(UnreachableNotice)
    /// A ping ended.
    case pingEnded(PingID, PingOutcome)
    /// The routing table is another one.
    case routesChanged
    /// A node was started again: it knows nothing of conversations that it had before.
    case nodeRestarted(NodeID)
    /// Other nodes' services are other ones.
    case advertisementsChanged
    /// This node has left the mesh, for another one has its ID: nothing comes after it.
    case shutDown
    /// Write a line to the log.
    case log(MeshLogEntry)
}
