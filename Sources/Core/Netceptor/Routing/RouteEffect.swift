/// What has to be done about a route update.
public enum RouteEffect: Sendable, Hashable {
    /// Pass the update on to all neighbours but that one.
    case flood(RouteUpdate, except: NodeID)
    /// Send this node's update to all neighbours at that time at the latest.
    case sendOwnUpdate(by: MeshInstant)
    /// Send this node's update to all neighbours now, naming the epoch of a suspected duplicate.
    case sendDuplicateNotice(epoch: UInt64)
    /// Calculate the routes at that time at the latest.
    case recompute(by: MeshInstant)
    /// These nodes announced themselves.
    case nodeFound(NodeID)
    /// The node was started again since it was last heard of.
    case nodeRestarted(NodeID)
    /// These nodes are no longer remembered.
    case nodesForgotten([NodeID])
    /// Another node has this node's ID and the right to it: leave the mesh.
    case shutDown
    /// Tell the operator.
    case log(MeshLogEntry)
}
