internal import JSON

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
        node: String = "localhost",
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

    /// The names of the fields that are no parameters.
    private static let fieldNames: Set<String> = [
        "command", "subcommand", "node", "worktype", "tlsclient", "ttl", "signwork", "signature",
    ]

    /// A parameter that has the name of another field, and so cannot be sent.
    public var illegalParameter: String? { parameters.keys.filter(Self.fieldNames.contains).min() }

    /// The request as a command's fields; parameters in the order of their names.
    var fields: JSONObject {
        var fields: JSONObject = [
            "command": "work", "subcommand": "submit", "node": .string(node), "worktype": .string(workType),
        ]
        if let tlsClient { fields["tlsclient"] = .string(tlsClient) }
        if let timeToLive { fields["ttl"] = .string(timeToLive) }
        if signsWork { fields["signwork"] = "true" }
        if let signature { fields["signature"] = .string(signature) }
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) where !Self.fieldNames.contains(name) {
            fields[name] = .string(value)
        }
        return fields
    }
}
