public import JSON
public import TimeFormats

/// What a node tells all others about a service (mesh-protocol §3.4).
public struct ServiceAdvertisement: Sendable, Hashable {
    /// The node that offers it.
    public var nodeID: NodeID
    /// Its name.
    public var service: ServiceName
    /// When it was said: what is later holds.
    public var time: Timestamp
    /// How it is spoken to.
    public var connectionType: ConnectionType
    /// What is told of it.
    public var tags: [String: String]?
    /// The types of work it takes, if it is a control service.
    public var workCommands: [WorkCommand]?
    /// Whether the service has gone.
    public var isCancelled: Bool

    /// An advertisement of these parts.
    public init(
        nodeID: NodeID,
        service: ServiceName,
        time: Timestamp,
        connectionType: ConnectionType,
        tags: [String: String]? = nil,
        workCommands: [WorkCommand]? = nil,
        isCancelled: Bool = false
    ) {
        self.nodeID = nodeID
        self.service = service
        self.time = time
        self.connectionType = connectionType
        self.tags = tags
        self.workCommands = workCommands
        self.isCancelled = isCancelled
    }

    init(_ fields: JSONFields) throws(MeshError) {
        nodeID = try NodeID(fields.string("NodeID"))
        service = try ServiceName(fields.string("Service"))
        time = try Self.timestamp(fields.string("Time", maximumBytes: Timestamp.maximumBytes))
        let type = try fields.unsigned("ConnType")
        guard let connectionType = UInt8(exactly: type).flatMap({ ConnectionType(rawValue: $0) }) else {
            throw .malformed("no service is spoken to in the way \(type)")
        }
        self.connectionType = connectionType
        tags = try Self.tags(fields.members("Tags"))
        workCommands = try Self.workCommands(fields.objects("WorkCommands"))
        isCancelled = try fields.bool("Cancel")
    }

    private static func timestamp(_ text: String) throws(MeshError) -> Timestamp {
        guard let time = Timestamp(text) else {
            throw .malformed("the time of a service advertisement is not one of RFC 3339")
        }
        return time
    }

    private static func tags(_ members: JSONObject?) throws(MeshError) -> [String: String]? {
        guard let members else { return nil }
        var tags: [String: String] = [:]
        for (name, value) in members.members {
            // Go reads null as the empty text.
            guard let text = value.isNull ? "" : value.string else { throw .malformed("a tag must be a text") }
            tags[name] = text
        }
        return tags
    }

    private static func workCommands(_ objects: [JSONObject]?) throws(MeshError) -> [WorkCommand]? {
        guard let objects else { return nil }
        var commands: [WorkCommand] = []
        for object in objects {
            let fields = JSONFields(object, of: "work command")
            commands.append(WorkCommand(workType: try fields.string("WorkType"), isSecure: try fields.bool("Secure")))
        }
        return commands
    }

    /// The members as `status` of the control protocol shows them: those of the wire without `Cancel`.
    public var statusFields: JSONObject {
        let sortedTags = tags?.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        let commands = workCommands?.map { command -> JSONValue in
            ["WorkType": .string(command.workType), "Secure": .bool(command.isSecure)]
        }
        return [
            "NodeID": .string(nodeID.name), "Service": .string("\(service)"), "Time": .string(time.text),
            "ConnType": .integer(Int64(connectionType.rawValue)),
            "Tags": sortedTags.map { .object(JSONObject($0.lazy.map { ($0.key, .string($0.value)) })) } ?? .null,
            "WorkCommands": commands.map { .array($0) } ?? .null,
        ]
    }

    var json: JSONObject {
        var fields = statusFields
        fields["Cancel"] = .bool(isCancelled)
        return fields
    }
}
