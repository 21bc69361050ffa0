/// The control service of another node, and how to connect to it.
struct Peer: Sendable, Hashable {
    /// The node.
    var node: String
    /// The name of the TLS client configuration; `nil` for none.
    var tlsClient: String?

    /// The service's name in the mesh.
    static let service = "control"
}
