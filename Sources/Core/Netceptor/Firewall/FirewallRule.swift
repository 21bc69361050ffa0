public import NamePatterns

/// A firewall rule: what to do with a message that fits everything it names (mesh-protocol §5).
public struct FirewallRule: Sendable {
    /// What to do with the message.
    public var action: FirewallAction
    /// The node that it comes from; `nil` for all.
    public var fromNode: NameMatcher?
    /// The node that it goes to; `nil` for all.
    public var toNode: NameMatcher?
    /// The service that it comes from; `nil` for all.
    public var fromService: NameMatcher?
    /// The service that it goes to; `nil` for all.
    public var toService: NameMatcher?

    /// A rule that fits all messages but for what is given.
    public init(
        action: FirewallAction,
        fromNode: NameMatcher? = nil,
        toNode: NameMatcher? = nil,
        fromService: NameMatcher? = nil,
        toService: NameMatcher? = nil
    ) {
        self.action = action
        self.fromNode = fromNode
        self.toNode = toNode
        self.fromService = fromService
        self.toService = toService
    }

    func fits(_ envelope: Envelope) -> Bool {
        (fromNode?.matches(envelope.source.name) ?? true)
            && (toNode?.matches(envelope.destination.name) ?? true)
            && (fromService?.matches("\(envelope.sourceService)") ?? true)
            && (toService?.matches("\(envelope.destinationService)") ?? true)
    }
}
