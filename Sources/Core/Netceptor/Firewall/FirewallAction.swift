/// What a firewall rule does with a message (mesh-protocol §5).
public enum FirewallAction: String, Sendable, Hashable, CaseIterable {
    /// Lets it pass.
    case accept
    /// Refuses it and tells the sender.
    case reject
    /// Refuses it in silence.
    case drop
}
