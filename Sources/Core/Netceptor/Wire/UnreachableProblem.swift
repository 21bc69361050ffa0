/// Why a message could not be delivered, in Receptor's words (mesh-protocol §3.1).
public struct UnreachableProblem: Sendable, Hashable, CustomStringConvertible {
    /// The words on the wire.
    public let rawValue: String

    /// A problem that came from the wire; it may be none of those below.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Nobody listens on the service.
    public static let serviceUnknown = UnreachableProblem(rawValue: "service unknown")
    /// The message made as many hops as it may.
    public static let messageExpired = UnreachableProblem(rawValue: "message expired")
    /// A firewall rule rejects it.
    public static let blockedByFirewall = UnreachableProblem(rawValue: "blocked by firewall")

    /// The words on the wire, if there are any.
    public var description: String { rawValue.isEmpty ? "undeliverable, the node does not say why" : rawValue }
}
