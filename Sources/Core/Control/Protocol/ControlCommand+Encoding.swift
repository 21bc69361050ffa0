public import JSON

extension ControlCommand {
    /// The command in its JSON form, in which no value can be taken for something else.
    public var fields: JSONObject {
        switch self {
        case .status(let names):
            Self.fields("status", ("requested_fields", names.map { .array($0.map { .string($0) }) }))
        case .ping(let target): Self.fields("ping", ("target", .string(target)))
        case .traceroute(let target): Self.fields("traceroute", ("target", .string(target)))
        case .connect(let node, let service, let tlsClient):
            ["command": "connect", "node": .string(node), "service": .string(service), "tls": .string(tlsClient ?? "")]
        case .reload: Self.fields("reload")
        case .plugins: Self.fields("plugins")
        case .submit(let request): request.fields
        case .list(let unit, let withTimes): Self.work("list", unit, ("times", withTimes ? "true" : nil))
        case .unitStatus(let unit, let fingerprint, let signature):
            Self.work(
                "status",
                unit,
                ("fingerprintsize", fingerprint.map { .integer($0.size) }),
                ("fingerprintkey", fingerprint.map { .string($0.key) }),
                signature: signature
            )
        case .results(let unit, let position, let signature):
            Self.work("results", unit, ("startpos", .integer(position)), signature: signature)
        case .cancel(let unit, let signature): Self.work("cancel", unit, signature: signature)
        case .release(let unit, let isForced, let signature):
            Self.work(isForced ? "force-release" : "release", unit, signature: signature)
        }
    }

    /// The command as a line, with its newline.
    public var line: String { JSONValue.object(fields).serialized + "\n" }

    private static func fields(_ command: JSONValue, _ more: (name: String, value: JSONValue?)? = nil) -> JSONObject {
        var fields: JSONObject = ["command": command]
        if let more, let value = more.value { fields[more.name] = value }
        return fields
    }

    private static func work(
        _ subcommand: JSONValue,
        _ unit: String?,
        _ more: (name: String, value: JSONValue?)...,
        signature: String? = nil
    ) -> JSONObject {
        var fields: JSONObject = ["command": "work", "subcommand": subcommand]
        if let unit { fields["unitid"] = .string(unit) }
        for field in more { if let value = field.value { fields[field.name] = value } }
        if let signature { fields["signature"] = .string(signature) }
        return fields
    }
}
