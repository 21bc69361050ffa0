/// Word that a datagram of this node was not delivered, for whoever owns the service that sent it.
public struct UnreachableNotice: Sendable, Hashable {
    /// What was not delivered, and why.
    public var message: UnreachableMessage
    /// The node that says so: with a message that expired, the node where it did.
    public var reportedBy: NodeID

    /// What a node says about a message.
    public init(message: UnreachableMessage, reportedBy: NodeID) {
        self.message = message
        self.reportedBy = reportedBy
    }
}
