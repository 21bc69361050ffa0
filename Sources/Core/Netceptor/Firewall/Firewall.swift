/// The firewall rules of a node: the first one that fits a message decides, without one it passes (mesh-protocol §5).
public struct Firewall: Sendable {
    /// The rules in their order.
    public var rules: [FirewallRule]

    /// A firewall with these rules in their order.
    public init(rules: [FirewallRule] = []) { self.rules = rules }

    /// What to do with a message.
    public func decide(_ envelope: Envelope) -> FirewallAction {
        rules.first { $0.fits(envelope) }?.action ?? .accept
    }
}
