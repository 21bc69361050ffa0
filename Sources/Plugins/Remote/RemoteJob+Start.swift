internal import Glibc
internal import JSON
internal import LinuxSystem
internal import Logging
internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// Getting the work started on the other node, once.
extension RemoteJob {
    /// What came of one attempt.
    private enum Attempt: Sendable {
        case started
        case ended(UnitOutcome)
        /// Something is known now that makes another attempt worth it at once.
        case again
    }

    /// Tries until the other node has started the work.
    ///
    /// - Returns: the unit's end if it never starts; `nil` when it has started.
    /// - Throws: `CancellationError`, ``RemoteWorkError``.
    func start() async throws -> UnitOutcome? {
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        while true {
            let moment = moment
            let wasCancelling = isCancelling
            let record = try record()
            if record.isStarted { return nil }
            if record.isReleased { return .canceled(Self.canceledDetail) }
            if wasCancelling {
                await note { $0.isCancelled = true }
                if record.unitID == nil { return .canceled(Self.canceledDetail) }
            }
            if record.expiration.isOver { return .failed("Work unit expired on \(record.expiration.text)") }
            do {
                switch try await attempt(record) {
                case .started: return nil
                case .ended(let outcome): return outcome
                case .again: continue
                }
            } catch let error as WorkMeshError {
                switch error.code {
                case .security: return .failed("TLS error connecting to remote service: \(error)")
                case .invalid: return .failed("\(error)")
                default: break
                }
                failed(error)
                await unit.waiting(detail: "Waiting for node \(record.node): \(error)")
                // A request that came during the attempt has its own in a moment.
                if wasCancelling { unit.postpone(.end) }
            }
            try await pause(delay.next(), since: moment, for: record)
        }
    }

    private func attempt(_ record: RemoteRecord) async throws -> Attempt {
        if let id = record.unitID { return try await resolve(id, record) }
        return try await unlessCancelled { try await self.submit(record) }
    }

    /// Does something that a cancel request breaks off.
    private func unlessCancelled(_ body: @escaping @Sendable () async throws -> Attempt) async throws -> Attempt {
        try await withThrowingTaskGroup(of: Attempt.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await self.cancelRequested()
                try Task.checkCancellation()
                return .again
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .again
        }
    }

    // MARK: Submit

    /// Makes the unit on the other node and sends the payload (work-units §4.2).
    private func submit(_ record: RemoteRecord) async throws -> Attempt {
        let patience = min(timings.greeting, record.expiration.remaining ?? timings.greeting)
        let conversation = try await Conversation.open(to: record.peer, through: mesh, within: patience)
        defer { conversation.close() }
        reached()
        do {
            // Signed now, not before: connecting may take longer than a token lasts.
            let id = try await create(try submitRequest(record), over: conversation, on: record.node)
            try await update { $0.unitID = id }
            unit.logger.info("remote unit created", metadata: ["node": "\(record.node)", "remote": "\(id)"])
            try await sendPayload(over: conversation)
            return try await confirm(over: conversation, on: record.node)
        } catch let refusal as ControlRefusal {
            return .ended(.failed("\(refusal)"))
        } catch let error as SystemError {
            // The other node does not start half a payload.
            return .ended(.failed("cannot hand the unit over: \(error)"))
        }
    }

    private func submitRequest(_ record: RemoteRecord) throws -> JSONObject {
        var request: JSONObject = [
            "command": "work", "subcommand": "submit", "node": .string(record.node),
            "worktype": .string(record.workType),
        ]
        if !record.tlsClient.isEmpty { request["tlsclient"] = .string(record.tlsClient) }
        for (name, value) in record.parameters.sorted(by: { $0.key < $1.key }) where request[name] == nil {
            request[name] = .string(value)
        }
        if record.signsWork { request["signature"] = .string(try signature(for: record.node)) }
        return request
    }

    /// Sends the request; the identifier of the unit there.
    private func create(_ request: JSONObject, over conversation: Conversation, on node: String) async throws -> UnitID
    {
        let late = WorkMeshError(.broken, "\(node) has not answered a request in time")
        let line = try await withDeadline(after: timings.answer, orThrow: late) {
            try await conversation.send(request)
            return try await conversation.line()
        }
        if let refusal = ControlRefusal(line: line) { throw refusal }
        guard let id = ControlReply.createdUnit(in: line).flatMap(UnitID.init) else {
            throw RemoteWorkError("node \(node) gave an answer to the submit request that is none")
        }
        return id
    }

    private func sendPayload(over conversation: Conversation) async throws {
        let file = try await unit.environment.disk.run(for: unit.id) { [unit] () throws(SystemError) in
            try unit.openPayload()
        }
        try await conversation.sendPayload(file)
    }

    /// Reads whether the other node has started the unit.
    private func confirm(over conversation: Conversation, on node: String) async throws -> Attempt {
        let late = WorkMeshError(.broken, "\(node) has not told in time whether it started the unit")
        let answer = try await withDeadline(after: timings.answer, orThrow: late) { try await conversation.answer() }
        guard answer["result"]?.string != nil else {
            throw WorkMeshError(.broken, "\(node) gave an answer that is no result")
        }
        return await started()
    }

    private func started() async -> Attempt {
        await note { $0.isStarted = true }
        unit.accepted()
        return .started
    }

    // MARK: After a break

    /// Finds out whether the unit there, which is known, was started: the connection broke before the answer.
    private func resolve(_ id: UnitID, _ record: RemoteRecord) async throws -> Attempt {
        do {
            if condemned.withLock({ $0 == id }) { return try await replace(id, record) }
            if isCancelling { _ = try await ask("cancel", id, of: record) }
            let status = try await askStatus(id, of: record)
            guard status.hasNeverStarted else { return await started() }
            if isCancelling { return .ended(.canceled(Self.canceledDetail)) }
            condemned.withLock { $0 = id }
            return try await replace(id, record)
        } catch let refusal as ControlRefusal {
            guard refusal.isUnknownUnit else { throw WorkMeshError(.broken, "\(record.node) answered: \(refusal)") }
            // It may have run before it went: there is no second start.
            return .ended(isCancelling ? .canceled(Self.canceledDetail) : .failed("Remote work unit is gone"))
        }
    }

    /// Has the unit there, which has never started, go, so that another one may be made.
    private func replace(_ id: UnitID, _ record: RemoteRecord) async throws -> Attempt {
        do {
            _ = try await ask("release", id, of: record)
        } catch let refusal as ControlRefusal where refusal.isUnknownUnit {}
        unit.logger.notice("the remote unit never started, another one follows", metadata: ["remote": "\(id)"])
        do { try await update { $0.unitID = nil } } catch { return .ended(.failed("cannot save the unit: \(error)")) }
        return .again
    }
}
