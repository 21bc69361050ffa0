/// Why this node ends a link (mesh-protocol §3.3).
public enum LinkEnd: Sendable, Hashable, CustomStringConvertible {
    /// The peer has this node's ID.
    case peerHasOwnID
    /// The peer is not among those that are allowed.
    case peerNotAllowed(NodeID)
    /// There is a link with a node of that ID already.
    case alreadyConnected(NodeID)
    /// The peer says it is another node than before.
    case peerChanged(from: NodeID, to: NodeID)
    /// The peer no longer counts this node among its neighbours.
    case notListedAnyMore(by: NodeID)
    /// The peer has another idea of what the link costs.
    case costsDiffer(own: Double, peer: Double)
    /// The peer said that it wants no link, and perhaps why.
    case rejectedByPeer(String?)
    /// The peer did not say who it is.
    case noAnswer
    /// Nothing came for too long.
    case idle(NodeID?)
    /// This node has left the mesh.
    case shutDown

    /// Whether the peer is told with a reject message before the link is closed.
    public var rejectsPeer: Bool {
        switch self {
        case .peerHasOwnID, .peerNotAllowed, .alreadyConnected, .peerChanged, .notListedAnyMore, .costsDiffer: true
        case .rejectedByPeer, .noAnswer, .idle, .shutDown: false
        }
    }

    /// Whether one side does not want the link, so that another attempt soon would end the same way: the next one waits
    /// as long as after a session that no link came of.
    public var isRefusal: Bool {
        if case .rejectedByPeer = self { return true }
        return rejectsPeer
    }

    /// What the operator reads.
    public var description: String {
        switch self {
        case .peerHasOwnID: "the peer has this node's own ID"
        case .peerNotAllowed(let peer): "node \(peer) is not in the list of allowed peers"
        case .alreadyConnected(let peer): "there is a link with node \(peer) already"
        case .peerChanged(let old, let new): "the peer was node \(old) and now says it is \(new)"
        case .notListedAnyMore(let peer): "node \(peer) no longer lists this node as a neighbour"
        case .costsDiffer(let own, let peer): "the link costs \(own) here and \(peer) at the peer: make them the same"
        case .rejectedByPeer(let reason): "the peer rejected the link" + (reason.map { ", saying: \($0)" } ?? "")
        case .noAnswer: "the peer did not say who it is"
        case .idle(let peer): "nothing came from \(peer.map { "node \($0)" } ?? "the peer") for too long"
        case .shutDown: "this node has left the mesh"
        }
    }
}
