/// What a client asks for when it submits a unit of work (control-protocol §3).
public struct SubmitRequest: Sendable, Hashable {
    /// The node that is to do the work; this node's identifier or `localhost` for local work.
    public var node: String
    /// The name of the work type there.
    public var workType: String
    /// The client's own parameters.
    public var parameters: [String: String]
    /// The token that allows the request.
    public var signature: String?
    /// How long the unit may wait for a remote node, as the client wrote it.
    public var timeToLive: String?
    /// Whether this node is to sign the request to the remote node.
    public var signsWork: Bool
    /// The name of the TLS client configuration for the remote node.
    public var tlsClient: String?

    /// Creates one from its parts.
    public init(
        node: String,
        workType: String,
        parameters: [String: String] = [:],
        signature: String? = nil,
        timeToLive: String? = nil,
        signsWork: Bool = false,
        tlsClient: String? = nil
    ) {
        self.node = node
        self.workType = workType
        self.parameters = parameters
        self.signature = signature
        self.timeToLive = timeToLive
        self.signsWork = signsWork
        self.tlsClient = tlsClient
    }
}
