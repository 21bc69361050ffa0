public import JSON

/// What is asked of a node when work is submitted: control protocol, section 3.
public struct SubmitRequest: Sendable, Hashable {
    /// The node that is to do the work; `localhost` is the one that is asked.
    public var node: String
    /// The work type there.
    public var workType: String
    /// The name of a TLS client of the configuration, or empty.
    public var tlsClient: String
    /// How long the work may wait for its node, such as `1h20m30s`, or empty.
    public var ttl: String
    /// Whether the node is to sign the request.
    public var isSigned: Bool
    /// The parameters of the unit, in their order.
    public var parameters: [(name: String, value: String)]

    /// A request.
    public init(
        node: String = "localhost",
        workType: String,
        tlsClient: String = "",
        ttl: String = "",
        isSigned: Bool = false,
        parameters: [(name: String, value: String)] = []
    ) {
        self.node = node
        self.workType = workType
        self.tlsClient = tlsClient
        self.ttl = ttl
        self.isSigned = isSigned
        self.parameters = parameters
    }

    /// The request as the protocol has it.
    ///
    /// - Throws: ``ControlError`` of code `unsupported` when a parameter has the name of one of the other fields.
    public func fields() throws(ControlError) -> JSONObject {
        var fields: JSONObject = [
            "command": "work", "subcommand": "submit", "node": .string(node), "worktype": .string(workType),
        ]
        if !tlsClient.isEmpty { fields["tlsclient"] = .string(tlsClient) }
        if !ttl.isEmpty { fields["ttl"] = .string(ttl) }
        if isSigned { fields["signwork"] = "true" }
        for (name, value) in parameters {
            guard fields[name] == nil else {
                throw ControlError(.unsupported, "Duplicate or illegal parameter \(name)")
            }
            fields[name] = .string(value)
        }
        return fields
    }

    /// Requests are equal when all of their fields are, the order of the parameters included.
    public static func == (left: SubmitRequest, right: SubmitRequest) -> Bool {
        left.node == right.node && left.workType == right.workType && left.tlsClient == right.tlsClient
            && left.ttl == right.ttl && left.isSigned == right.isSigned
            && left.parameters.elementsEqual(right.parameters, by: ==)
    }

    /// Mixes in enough to tell most requests apart.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(node)
        hasher.combine(workType)
        for parameter in parameters { hasher.combine(parameter.name) }
    }
}
