/// What to do with the bytes of a data message that was received, for those who would rather not copy them.
public enum ForwardingDecision: Sendable, Hashable {
    /// Send them over a link as they are, but for the hops to live in byte ``DataHeader/hopsOffset``.
    case forward(over: LinkID, hopsToLive: UInt8)
    /// Hand what follows the header to the service.
    case deliver(Envelope)
    /// Anything else: give the whole message to ``NodeState/receive(_:on:at:)``.
    case receive
}
