internal import ControlProtocol
internal import JSON
internal import LinuxSystem
internal import NIOCore
internal import TimeFormats
internal import Workceptor

/// The commands whose reply is one line of JSON.
extension ControlSession {
    /// The reply as a line.
    func answer(to command: ControlCommand) async throws -> ByteBuffer {
        var line: [UInt8] = []
        try await reply(to: command).write(to: &line)
        line.append(UInt8(ascii: "\n"))
        return ByteBuffer(bytes: line)
    }

    private func reply(to command: ControlCommand) async throws -> JSONValue {
        switch command {
        case .status(let fields): .object(await status(fields))
        case .ping(let target): .object(await ping(target))
        case .traceroute(let target): .object(await traceroute(target))
        case .reload: .object(try await reload())
        case .plugins: .object(plugins())
        case .unitStatus(let unit, let fingerprint, let signature):
            .object(try await unitStatus(of: unit, fingerprint, signature).reply)
        case .cancel(let unit, let signature): .object(try await cancel(unit, signature))
        case .release(let unit, let isForced, let signature):
            .object(try await release(unit, isForced: isForced, signature))
        case .submit, .results, .connect, .list: throw ControlRefusal("bad command")
        }
    }

    private func status(_ fields: [String]?) async -> JSONObject {
        var reply = await context.node.meshStatus()
        reply["NodeID"] = .string(context.workceptor.nodeID)
        reply["SystemCPUCount"] = .integer(Int64(Machine.processorCount))
        reply["SystemMemoryMiB"] = .integer(Int64(Machine.memoryMiB))
        reply["Version"] = .string(context.version)
        let isWanted = { (name: String) in fields?.contains(name) ?? true }
        return JSONObject(
            reply.members.filter { isWanted($0.name) }.sorted { $0.name < $1.name }.map { ($0.name, $0.value) }
        )
    }

    private func unitStatus(
        of id: String,
        _ request: FingerprintRequest?,
        _ signature: String?
    ) async throws -> UnitStatus {
        let unit = try context.workceptor.unit(id)
        var status = context.workceptor.shownStatus(of: unit)
        guard let request else { return status }
        guard let key = OutputFingerprint.Key(request.key) else {
            throw ControlRefusal("field fingerprintkey must be 32 hexadecimal digits")
        }
        guard status.state.isComplete, status.stdoutSize == request.size else { return status }
        // Short outputs can be guessed with it, so it is only for who may have the output.
        try context.workceptor.checkSignature(signature, for: unit, from: transport.principal)
        // There may be much to read, and nothing is lost when that is broken off.
        guard become(.interruptible) else { throw CancellationError() }
        do {
            status.outputFingerprint = try await unit.outputFingerprint(ofFirst: request.size, key: key).text
        } catch let error as SystemError {
            guard !(error.isNotFound && unit.isReleased) else { throw WorkError.unknownUnit("\(unit.id)") }
            throw WorkError(.storage, "cannot read the results of unit \(unit.id)", cause: error)
        }
        guard become(.busy) else { throw CancellationError() }
        return status
    }

    private func ping(_ target: String) async -> JSONObject {
        do {
            let (from, nanoseconds) = try await context.node.ping(target)
            return [
                "From": .string(from), "Success": true, "Time": .integer(nanoseconds),
                "TimeStr": .string(GoDuration.text(nanoseconds: nanoseconds)),
            ]
        } catch {
            return ["Error": .string("\(error)"), "Success": false]
        }
    }

    private func traceroute(_ target: String) async -> JSONObject {
        var reply = JSONObject()
        for (number, hop) in await context.node.traceroute(target).enumerated() {
            var entry = JSONObject()
            if let error = hop.error { entry["Error"] = .string(error) }
            entry["From"] = .string(hop.from)
            entry["Time"] = .integer(hop.nanoseconds)
            entry["TimeStr"] = .string(GoDuration.text(nanoseconds: hop.nanoseconds))
            reply["\(number)"] = .object(entry)
        }
        return reply
    }

    private func reload() async throws -> JSONObject {
        // It takes the node's attention, and its answer shows what is in files.
        guard transport.principal.isLocal else {
            throw ControlRefusal("reload is for clients of the node's Unix socket only")
        }
        return switch await context.node.reload() {
        case .done: ["Success": true]
        case .notReloadable(let what): ["Error": .string("\(what) ERRORCODE 3"), "Success": false]
        case .invalid(let why): ["Error": .string("\(why) ERRORCODE 4"), "Success": false]
        }
    }

    /// How many units of a list are looked at before others have their turn.
    private static let listSlice = 128
    /// How many bytes of a list are kept before the client has to take them.
    private static let listPart = 64 << 10

    /// Sends the list of all units, or of one, a part at a time: there may be very many, and clients that do not read.
    ///
    /// It is made away from the event loops, whose other connections it would hold up: it looks at files of each unit
    /// that runs.
    ///
    /// - Returns: `false` when the client has only a part, and cannot be told so: the session has to end.
    func sendList(of unit: String?, withTimes: Bool) async throws -> Bool {
        let units = try unit.map { [try context.workceptor.unit($0)] } ?? context.workceptor.units
        let disk = context.workceptor.environment.disk
        var share = replyShare
        var rest = units[...]
        var part = Array("{".utf8)
        while !rest.isEmpty {
            try Task.checkCancellation()
            // A file that hangs holds up this list only.
            (part, rest) = await disk.run(for: "list \(ObjectIdentifier(self).hashValue)") { [part, rest] in
                var (part, rest) = (part, rest)
                let others = rest.dropFirst(Self.listSlice)
                while rest.count > others.count, part.count < Self.listPart, let unit = rest.popFirst() {
                    JSONValue.string("\(unit.id)").write(to: &part)
                    part.append(UInt8(ascii: ":"))
                    JSONValue.object(self.listed(unit, withTimes: withTimes)).write(to: &part)
                    if !rest.isEmpty { part.append(UInt8(ascii: ",")) }
                }
                return (part, rest)
            }
            guard part.count >= Self.listPart else { continue }
            guard share.resize(to: part.count) else { return false }
            let bytes = ByteBuffer(bytes: part)
            part = []
            try await transport.write(bytes)
        }
        part += Array("}\n".utf8)
        try await transport.write(ByteBuffer(bytes: part))
        return true
    }

    private func listed(_ unit: WorkUnit, withTimes: Bool) -> JSONObject {
        var status = context.workceptor.shownStatus(of: unit).reply
        if withTimes {
            let (created, ended) = context.workceptor.times(of: unit)
            status["Created"] = created.map { .string(Timestamp(unixSeconds: $0).text) } ?? .null
            status["Ended"] = ended.map { .string(Timestamp(unixSeconds: $0).text) } ?? .null
        }
        return status
    }

    private func cancel(_ id: String, _ signature: String?) async throws -> JSONObject {
        let unit = try context.workceptor.unit(id)
        try context.workceptor.checkSignature(signature, for: unit, from: transport.principal)
        let answer = try await context.workceptor.cancel(unit)
        return [answer == .done ? "cancelled" : "cancel pending": .string(id)]
    }

    private func release(_ id: String, isForced: Bool, _ signature: String?) async throws -> JSONObject {
        let unit = try context.workceptor.unit(id)
        try context.workceptor.checkSignature(signature, for: unit, from: transport.principal)
        let answer = try await context.workceptor.release(unit, isForced: isForced)
        return [answer == .done ? "released" : "release pending": .string(id)]
    }

    /// What this node can run, and with which settings: an extension of ours.
    private func plugins() -> JSONObject {
        let registry = context.workceptor.registry
        let plugins: [JSONValue] = registry.plugins.map { plugin in
            let settings: [JSONValue] = plugin.settingKeys.map { key in
                [
                    "Name": .string(key.name), "Summary": .string(key.summary),
                    "Default": key.defaultValue.map { .string($0) } ?? .null, "Required": .bool(key.isRequired),
                ]
            }
            return ["Name": .string(plugin.name), "Summary": .string(plugin.summary), "Settings": .array(settings)]
        }
        let types: [JSONValue] = registry.all.map { type in
            [
                "WorkType": .string(type.name), "Plugin": .string(type.plugin),
                "AllowRuntimeParams": .bool(type.policy.allowsRuntimeParameters),
                "VerifySignature": .bool(type.policy.verifiesSignature),
                "Source": type.source.map { .string("\($0.file):\($0.line)") } ?? .null,
            ]
        }
        return ["Plugins": .array(plugins), "WorkTypes": .array(types)]
    }
}
