internal import JSON
internal import ShownText

extension ControlCommand {
    /// Reads a line as it came.
    ///
    /// - Throws: ``ControlRefusal``.
    public init(line bytes: [UInt8]) throws(ControlRefusal) {
        guard let line = String(validating: bytes, as: UTF8.self) else {
            throw ControlRefusal("the command line is not valid UTF-8")
        }
        try self.init(line: line)
    }

    /// Reads a line, in either of its forms.
    ///
    /// - Throws: ``ControlRefusal``.
    public init(line: String) throws(ControlRefusal) {
        guard !line.utf8.contains(0) else { throw ControlRefusal("the command line contains a zero byte") }
        if line.utf8.first == UInt8(ascii: "{") {
            self = try Self.fromJSON(line)
        } else {
            self = try Self.fromWords(line)
        }
    }

    /// The name of a node or a service as a request may have it. One that none can have is refused, not waited for.
    private static func nodeName(_ name: String, _ field: String) throws(ControlRefusal) -> String {
        guard !name.isEmpty else { throw ControlRefusal("field \(field) is empty: give a name") }
        let isPossible = name.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
        }
        guard isPossible else {
            throw ControlRefusal("field \(field) cannot be a name: names have neither blanks nor control characters")
        }
        return name
    }

    // MARK: The plain form

    private static func fromWords(_ line: String) throws(ControlRefusal) -> ControlCommand {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        let arguments = Array(words.dropFirst())
        switch words.first?.lowercased() {
        case "status":
            guard arguments.isEmpty else { throw ControlRefusal("status command does not take parameters") }
            return .status(fields: nil)
        case "ping":
            guard let target = arguments.first else { throw ControlRefusal("no ping target") }
            return .ping(target: target)
        case "traceroute":
            guard let target = arguments.first else { throw ControlRefusal("no traceroute target") }
            return .traceroute(target: target)
        case "connect":
            guard arguments.count >= 2 else { throw ControlRefusal("no connect target") }
            guard arguments.count <= 3 else { throw ControlRefusal("too many parameters") }
            return .connect(
                node: arguments[0],
                service: arguments[1],
                tlsClient: arguments.count > 2 ? arguments[2] : nil
            )
        case "reload": return .reload
        case "plugins": return .plugins
        case "work": return try work(arguments)
        default: throw ControlRefusal("Unknown command")
        }
    }

    private static func work(_ words: [String]) throws(ControlRefusal) -> ControlCommand {
        guard let subcommand = words.first?.lowercased() else { throw ControlRefusal("bad command") }
        let arguments = Array(words.dropFirst())
        switch subcommand {
        case "submit":
            guard arguments.count >= 2 else {
                throw ControlRefusal("work submit requires a target node and work type")
            }
            let parameters = arguments.dropFirst(2).joined(separator: " ")
            return .submit(
                SubmitRequest(
                    node: arguments[0],
                    workType: arguments[1],
                    parameters: parameters.isEmpty ? [:] : ["params": parameters]
                )
            )
        case "list":
            guard arguments.count <= 1 else {
                throw ControlRefusal("work list only takes an optional unit ID")
            }
            return .list(unit: arguments.first, withTimes: false)
        case "results":
            guard let unit = arguments.first else { throw ControlRefusal("work results requires a unit ID") }
            guard arguments.count <= 2 else {
                throw ControlRefusal("work results only takes a unit ID and optional start position")
            }
            let position = try arguments.count > 1 ? startPosition(arguments[1]) : 0
            return .results(unit: unit, startPosition: position, signature: nil)
        case "status", "cancel", "release", "force-release":
            guard let unit = arguments.first else { throw ControlRefusal("work \(subcommand) requires a unit ID") }
            guard arguments.count == 1 else {
                throw ControlRefusal("work \(subcommand) does not take parameters after the unit ID")
            }
            return onUnit(subcommand, unit, signature: nil)
        default: throw ControlRefusal("bad command")
        }
    }

    private static func onUnit(_ subcommand: String, _ unit: String, signature: String?) -> ControlCommand {
        switch subcommand {
        case "cancel": .cancel(unit: unit, signature: signature)
        case "release": .release(unit: unit, isForced: false, signature: signature)
        case "force-release": .release(unit: unit, isForced: true, signature: signature)
        default: .unitStatus(unit: unit)
        }
    }

    /// The errors are worded as Go words them.
    private static func startPosition(_ text: String) throws(ControlRefusal) -> Int64 {
        guard let position = Int64(text) else {
            let isNumber = !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
            let reason = isNumber ? "value out of range" : "invalid syntax"
            throw ControlRefusal(
                "error converting start position to integer: strconv.ParseInt: parsing \"\(text.cut(toBytes: 40))\": \(reason)"
            )
        }
        guard position >= 0 else { throw ControlRefusal("start position must not be negative") }
        return position
    }

    // MARK: The JSON form

    private static func fromJSON(_ line: String) throws(ControlRefusal) -> ControlCommand {
        let object: JSONObject
        do {
            guard let parsed = try JSONValue(parsing: line).object else { throw ControlRefusal("Unknown command") }
            object = parsed
        } catch {
            throw ControlRefusal("\(error)")
        }
        guard let name = object["command"] else { throw ControlRefusal("JSON did not contain a command") }
        guard let name = name.string else { throw ControlRefusal("command must be a string") }
        switch name.lowercased() {
        case "status":
            let fields = object["requested_fields"]?.array
            return .status(fields: fields?.compactMap(\.string))
        case "ping":
            guard let target = object["target"]?.string else { throw ControlRefusal("no ping target") }
            return .ping(target: try nodeName(target, "target"))
        case "traceroute":
            guard let target = object["target"]?.string else { throw ControlRefusal("no traceroute target") }
            return .traceroute(target: try nodeName(target, "target"))
        case "connect":
            guard let node = object["node"]?.string, let service = object["service"]?.string else {
                throw ControlRefusal("no connect target")
            }
            return .connect(
                node: try nodeName(node, "node"),
                service: try nodeName(service, "service"),
                tlsClient: object["tls"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            )
        case "reload": return .reload
        case "plugins": return .plugins
        case "work": return try work(object)
        default: throw ControlRefusal("Unknown command")
        }
    }

    private static func work(_ object: JSONObject) throws(ControlRefusal) -> ControlCommand {
        let subcommand = try string("subcommand", of: object).lowercased()
        let signature = try optionalString("signature", of: object)
        switch subcommand {
        case "submit": return .submit(try submitRequest(object))
        case "list":
            return .list(unit: try optionalString("unitid", of: object), withTimes: object["times"] == "true")
        case "results":
            let unit = try string("unitid", of: object)
            let position: Int64
            switch object["startpos"] {
            case nil: throw ControlRefusal("field startpos missing")
            case .string(let text): position = try startPosition(text)
            case .some: position = try nonNegative("startpos", of: object)
            }
            return .results(unit: unit, startPosition: position, signature: signature)
        case "status":
            return .unitStatus(
                unit: try string("unitid", of: object),
                fingerprint: try fingerprintRequest(object),
                signature: signature
            )
        case "cancel", "release", "force-release":
            return onUnit(subcommand, try string("unitid", of: object), signature: signature)
        default: throw ControlRefusal("bad command")
        }
    }

    private static func fingerprintRequest(_ object: JSONObject) throws(ControlRefusal) -> FingerprintRequest? {
        guard let key = try optionalString("fingerprintkey", of: object) else { return nil }
        return FingerprintRequest(size: try nonNegative("fingerprintsize", of: object), key: key)
    }

    private static func nonNegative(_ name: String, of object: JSONObject) throws(ControlRefusal) -> Int64 {
        guard let number = object[name]?.integer, number >= 0 else {
            throw ControlRefusal("field \(name) must be a number that is not negative")
        }
        return number
    }

    private static func submitRequest(_ object: JSONObject) throws(ControlRefusal) -> SubmitRequest {
        var fields: [String: String] = [:]
        for (name, value) in object.members where name != "command" && name != "subcommand" {
            guard let text = value.string else {
                throw ControlRefusal("submit parameters must all be strings and \(name.cut(toBytes: 80)) is not")
            }
            guard !name.utf8.contains(0), !text.utf8.contains(0) else {
                throw ControlRefusal("field \(name.filter { $0 != "\0" }.cut(toBytes: 80)) contains a zero byte")
            }
            fields[name] = text
        }
        guard let node = fields.removeValue(forKey: "node") else { throw ControlRefusal("field node missing") }
        _ = try nodeName(node, "node")
        guard let workType = fields.removeValue(forKey: "worktype") else {
            throw ControlRefusal("field worktype missing")
        }
        func take(_ name: String) -> String? { fields.removeValue(forKey: name).flatMap { $0.isEmpty ? nil : $0 } }
        let signsWork = take("signwork")
        guard signsWork == nil || signsWork == "true" || signsWork == "false" else {
            throw ControlRefusal("field signwork must be \"true\" or \"false\"")
        }
        let (signature, timeToLive, tlsClient) = (take("signature"), take("ttl"), take("tlsclient"))
        return SubmitRequest(
            node: node,
            workType: workType,
            parameters: fields,
            signature: signature,
            timeToLive: timeToLive,
            signsWork: signsWork == "true",
            tlsClient: tlsClient
        )
    }

    private static func string(_ name: String, of object: JSONObject) throws(ControlRefusal) -> String {
        guard let value = object[name] else { throw ControlRefusal("field \(name) missing") }
        guard let text = value.string else { throw ControlRefusal("field \(name) must be a string") }
        return text
    }

    private static func optionalString(_ name: String, of object: JSONObject) throws(ControlRefusal) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.string else { throw ControlRefusal("field \(name) must be a string") }
        return text.isEmpty ? nil : text
    }
}
