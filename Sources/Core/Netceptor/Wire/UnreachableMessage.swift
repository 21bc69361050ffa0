internal import JSON

/// The payload of a message to the service `unreach`: a message that could not be delivered (mesh-protocol §3.1).
public struct UnreachableMessage: Sendable, Hashable {
    /// The node that sent the message.
    public var fromNode: NodeID
    /// The node that it was for.
    public var toNode: NodeID
    /// The service that sent it.
    public var fromService: ServiceName
    /// The service that it was for.
    public var toService: ServiceName
    /// Why it was not delivered.
    public var problem: UnreachableProblem

    /// A message of these parts.
    public init(
        fromNode: NodeID,
        toNode: NodeID,
        fromService: ServiceName,
        toService: ServiceName,
        problem: UnreachableProblem
    ) {
        self.fromNode = fromNode
        self.toNode = toNode
        self.fromService = fromService
        self.toService = toService
        self.problem = problem
    }

    /// Reads a payload.
    ///
    /// - Throws: ``MeshError``.
    public init(decoding payload: ArraySlice<UInt8>) throws(MeshError) {
        let fields = try JSONFields(parsing: payload, of: "unreachable message")
        fromNode = try NodeID(fields.string("FromNode"))
        toNode = try NodeID(fields.string("ToNode"))
        fromService = try ServiceName(fields.string("FromService"))
        toService = try ServiceName(fields.string("ToService"))
        problem = UnreachableProblem(rawValue: try fields.string("Problem"))
    }

    /// The payload as bytes, the same that Receptor writes.
    public var encoded: [UInt8] {
        let json: JSONObject = [
            "FromNode": .string(fromNode.name), "ToNode": .string(toNode.name),
            "FromService": .string("\(fromService)"),
            "ToService": .string("\(toService)"), "Problem": .string(problem.rawValue),
        ]
        var bytes: [UInt8] = []
        JSONValue.object(json).write(to: &bytes)
        return bytes
    }
}
