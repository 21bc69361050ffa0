public import JSON

/// What the control service needs to know of the node that is not work: the mesh and the configuration.
public protocol ControlNode: Sendable {
    /// The members of the `status` reply that tell of the mesh: `Connections`, `RoutingTable`, `Advertisements` and
    /// `KnownConnectionCosts` (control-protocol §2).
    func meshStatus() async -> JSONObject

    /// Opens a stream to a service of a node.
    ///
    /// - Throws: why there is none, in one line.
    func connect(to node: String, service: String, tlsClient: String?) async throws -> any ControlTransport

    /// Pings a node.
    ///
    /// - Throws: ``ControlNodeError``.
    /// - Returns: who answered, and the nanoseconds it took.
    func ping(_ target: String) async throws -> (from: String, nanoseconds: Int64)

    /// Finds the nodes on the way to a node, this one first; the last one has an error when the target was not reached.
    func traceroute(_ target: String) async -> [(from: String, nanoseconds: Int64, error: String?)]

    /// Loads the configuration again.
    func reload() async -> ControlReload
}

/// What came of a reload.
public enum ControlReload: Sendable, Hashable {
    /// The new configuration holds.
    case done
    /// Nothing was changed: these items cannot change while the node runs.
    case notReloadable(String)
    /// Nothing was changed: the file has errors.
    case invalid(String)
}

/// Why a node could not be reached, in the protocol's words.
public struct ControlNodeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text that is shown for it.
    public let description: String

    /// Creates one from its parts.
    public init(_ description: String) { self.description = description }
}
