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
        var obstacle: WorkMeshError?
        while true {
            let before = versions
            let wasCancelling = isCancelling
            let record = try record()
            if record.isStarted { return nil }
            if record.isReleased { return .canceled(Self.canceledDetail) }
            if wasCancelling {
                await note { $0.isCancelled = true }
                if record.unitID == nil { return .canceled(Self.canceledDetail) }
            }
            // What is known there may have started: that is found out first.
            if record.unitID == nil, record.expiration.isOver {
                let reason = obstacle.map { ": \($0)" } ?? ""
                return .failed("Work unit expired on \(record.expiration.text)\(reason)")
            }
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
                obstacle = error
                failed(error)
                await unit.waiting(detail: "Waiting for node \(record.node): \(error)")
                // A request that came during the attempt has its own in a moment.
                if wasCancelling { unit.postpone(.end) }
            }
            try await pause(&delay, since: before, for: record)
        }
    }

    private func attempt(_ record: RemoteRecord) async throws -> Attempt {
        if let id = record.unitID { return try await resolve(id, record) }
        if condemned.withLock({ $0 != nil }) { return try await releaseCondemned(record) }
        return try await unlessCancelled {
            try await self.mesh.renewingStreams(to: record.node) { try await self.submit(record) }
        }
    }

    /// Does something that a cancel request breaks off.
    private func unlessCancelled(_ body: @escaping @Sendable () async throws -> Attempt) async throws -> Attempt {
        try await first(
            of: body,
            {
                await self.cancelRequested()
                try Task.checkCancellation()
                return .again
            }
        )
    }

    // MARK: Submit

    /// Makes the unit on the other node and sends the payload (work-units §4.2).
    private func submit(_ record: RemoteRecord) async throws -> Attempt {
        let patience = min(timings.greeting, record.expiration.remaining ?? timings.greeting)
        do {
            // Signed when it is sent, not before: connecting may take longer than a token lasts.
            let (stream, line) = try await streams.begin(at: record.service, within: patience) {
                .submit(try self.submitRequest(record))
            }
            defer {
                stream.close()
                streams.replenish(record.service)
            }
            reached()
            guard let id = ControlReply.createdUnit(in: line).flatMap(UnitID.init) else {
                throw RemoteWorkError("node \(record.node) gave an answer to the submit request that is none")
            }
            try await update { $0.unitID = id }
            unit.logger.info("remote unit created", metadata: ["node": "\(record.node)", "remote": "\(id)"])
            try await sendPayload(over: stream)
            return try await confirm(over: stream, on: record.node)
        } catch let refusal as ControlRefusal {
            guard !refusal.isForNow else { throw WorkMeshError(.broken, "\(record.node) answered: \(refusal)") }
            return .ended(.failed("\(refusal)"))
        } catch let error as SystemError {
            // The other node does not start half a payload.
            return .ended(.failed("cannot hand the unit over: \(error)"))
        }
    }

    private func submitRequest(_ record: RemoteRecord) throws -> SubmitRequest {
        SubmitRequest(
            node: record.node,
            workType: record.workType,
            parameters: record.parameters,
            signature: try signature(of: record),
            tlsClient: record.service.tlsClient
        )
    }

    private func sendPayload(over stream: ControlStream) async throws {
        let file = try await unit.environment.disk.run(for: unit.id) { [unit] () throws(SystemError) in
            try unit.openPayload()
        }
        try await stream.sendPayload(file)
    }

    /// Reads whether the other node has started the unit.
    private func confirm(over stream: ControlStream, on node: String) async throws -> Attempt {
        let late = WorkMeshError(.broken, "\(node) has not told in time whether it started the unit")
        let line = try await withDeadline(after: timings.answer, orThrow: late) { try await stream.answer() }
        guard (try? JSONValue(parsing: line))?["result"]?.string != nil else {
            throw WorkMeshError(.broken, "\(node) gave an answer that is no result")
        }
        return await started()
    }

    private func started() async -> Attempt {
        // A restart that does not know of it finds it out.
        do throws(SystemError) { try await update(isDurable: false) { $0.isStarted = true } } catch {}
        unit.accepted()
        return .started
    }

    // MARK: After a break

    /// Finds out whether the unit there, which is known, was started: the connection broke before the answer.
    private func resolve(_ id: UnitID, _ record: RemoteRecord) async throws -> Attempt {
        do {
            if isCancelling { try await askCancel(id, of: record) }
            let status = try await askStatus(id, of: record)
            guard status.isUnstarted else { return await started() }
            if isCancelling { return .ended(.canceled(Self.canceledDetail)) }
            return try await replace(id, record)
        } catch let refusal as ControlRefusal {
            guard refusal.isUnknownUnit else { throw WorkMeshError(.broken, "\(record.node) answered: \(refusal)") }
            // It may have run before it went: there is no second start.
            return .ended(isCancelling ? .canceled(Self.canceledDetail) : .failed("Remote work unit is gone"))
        }
    }

    /// Gives the unit there up, which has never started, so that another one may be made.
    private func replace(_ id: UnitID, _ record: RemoteRecord) async throws -> Attempt {
        // Forgotten before it goes: a restart in between would find it gone, and not know that it never ran.
        do { try await update { $0.unitID = nil } } catch { return .ended(.failed("cannot save the unit: \(error)")) }
        condemned.withLock { $0 = id }
        unit.logger.notice("the remote unit never started, another one follows", metadata: ["remote": "\(id)"])
        return try await releaseCondemned(record)
    }

    private func releaseCondemned(_ record: RemoteRecord) async throws -> Attempt {
        guard let id = condemned.withLock({ $0 }) else { return .again }
        do {
            guard try await askRelease(id, of: record) else {
                throw WorkMeshError(.broken, "\(record.node) has not released a unit yet that never started")
            }
        } catch let refusal as ControlRefusal {
            throw WorkMeshError(.broken, "\(record.node) answered: \(refusal)")
        }
        condemned.withLock { $0 = nil }
        return .again
    }
}
