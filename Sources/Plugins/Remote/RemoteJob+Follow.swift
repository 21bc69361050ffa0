internal import Glibc
internal import JSON
internal import LinuxSystem
internal import Logging
internal import TaskSupport
internal import Workceptor

/// Following the work on the other node (work-units §4.3): its output as it comes, its state when there is reason to
/// look, and now and then.
extension RemoteJob {
    /// Follows the unit to its end.
    ///
    /// - Throws: `CancellationError`, ``RemoteWorkError``.
    func follow() async throws -> UnitOutcome {
        let record = try record()
        guard let id = record.unitID else {
            throw RemoteWorkError("The unit's record names no remote unit")
        }
        let progress = FollowProgress()
        return try await withThrowingTaskGroup(of: UnitOutcome?.self) { group in
            group.addTask { try await self.watch(id, record, progress) }
            group.addTask {
                try await self.copyOutput(of: id, record, progress)
                return nil
            }
            group.addTask {
                try await self.passOnCancel(of: id, record, progress)
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let outcome = result { return outcome }
            }
            throw CancellationError()
        }
    }

    // MARK: State

    private func watch(_ id: UnitID, _ record: RemoteRecord, _ progress: FollowProgress) async throws -> UnitOutcome {
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        var poll = GrowingDelay(from: timings.firstPoll, to: timings.longestPoll)
        while true {
            let before = moment
            let version = progress.changes.version
            do {
                let status = try await askStatus(id, of: record)
                delay.reset()
                guard let outcome = status.outcome else {
                    await unit.report(status.state, detail: status.detail)
                    if await isNotified(progress.changes, since: version, within: poll.next()) {
                        poll.reset(to: timings.promptPoll)
                    }
                    continue
                }
                progress.expect(status.stdoutSize)
                while !progress.isWhole {
                    if let loss = progress.loss { return lost(loss, outcome) }
                    let version = progress.changes.version
                    guard !progress.isWhole else { break }
                    guard await isNotified(progress.changes, since: version, within: timings.longestPoll) else { break }
                }
                if progress.isWhole { return outcome }
            } catch let refusal as ControlRefusal where refusal.isUnknownUnit {
                return .failed("Remote work unit is gone")
            } catch let error where error is ControlRefusal || error is WorkMeshError {
                failed(error)
                try await pause(delay.next(), since: before, for: record)
            }
            try Task.checkCancellation()
        }
    }

    private func isNotified(_ changes: ChangeSignal, since version: UInt64, within time: Duration) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await changes.changed(since: version) }
            group.addTask { try? await TaskSupport.pause(for: time) }
            await group.next()
            group.cancelAll()
        }
        return changes.version > version
    }

    /// The end of a unit whose last output cannot be had any more.
    private func lost(_ loss: String, _ outcome: UnitOutcome) -> UnitOutcome {
        unit.logger.error("output is lost", metadata: ["reason": "\(loss)"])
        return .failed("\(outcome.detail) (the remote node does not give all of the output: \(loss))")
    }

    // MARK: Output

    /// Appends the output of the unit there to the output here, from where it ends, for as long as the task lives.
    private func copyOutput(of id: UnitID, _ record: RemoteRecord, _ progress: FollowProgress) async throws {
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        while true {
            let before = moment
            do {
                let isNew = try await copyOnce(id, record, progress)
                if isNew { delay.reset() }
                progress.outputEnded()
            } catch let refusal as ControlRefusal {
                progress.outputEnded(refusal: "\(refusal)")
                if !refusal.isUnknownUnit { failed(refusal) }
            } catch let error where !(error is CancellationError) {
                failed(error)
            }
            try await pause(delay.next(), since: before, for: record)
        }
    }

    /// Copies until the other node ends the stream.
    ///
    /// - Returns: whether anything came.
    private func copyOnce(_ id: UnitID, _ record: RemoteRecord, _ progress: FollowProgress) async throws -> Bool {
        let disk = unit.environment.disk
        let file = try await disk.run(for: unit.id) { [unit] () throws(SystemError) in
            try unit.openOutputForAppending()
        }
        let start = try file.size
        progress.has(start)
        let conversation = try await Conversation.open(to: record.peer, through: mesh, within: timings.greeting)
        defer { conversation.close() }
        var request = try request("results", id, of: record)
        request["startpos"] = .integer(start)
        try await begin(request, over: conversation, on: record.node)
        var position = start
        let rest = conversation.takeRest()
        if !rest.isEmpty {
            try await disk.run(for: unit.id) { () throws(SystemError) in try file.write(rest) }
            position += Int64(rest.count)
            progress.has(position)
        }
        while let part = try await conversation.read() {
            try await disk.run(for: unit.id) { () throws(SystemError) in
                try part.withUnsafeBytes { (bytes) throws(SystemError) in try file.write(bytes) }
            }
            position += Int64(part.count)
            progress.has(position)
        }
        return position > start
    }

    private func begin(_ request: JSONObject, over conversation: Conversation, on node: String) async throws {
        let late = WorkMeshError(.broken, "\(node) has not answered a request in time")
        let line = try await withDeadline(after: timings.answer, orThrow: late) {
            try await conversation.send(request)
            return try await conversation.line()
        }
        if let refusal = ControlRefusal(line: line) { throw refusal }
        guard line.hasPrefix("Streaming results for work unit") else {
            throw WorkMeshError(.broken, "\(node) gave an answer to the results request that is none")
        }
        reached()
    }

    // MARK: Cancel

    /// Tells the other node when the end of the unit is asked for, and again for each further request.
    private func passOnCancel(of id: UnitID, _ record: RemoteRecord, _ progress: FollowProgress) async throws {
        await cancelRequested()
        try Task.checkCancellation()
        await note { $0.isCancelled = true }
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        while true {
            let before = moment
            do {
                do {
                    _ = try await ask("cancel", id, of: record)
                    unit.logger.info("cancel passed on", metadata: ["node": "\(record.node)"])
                } catch let refusal as ControlRefusal where refusal.isUnknownUnit {}
                delay.reset()
                progress.changes.notify()
                await requested(since: before)
                try Task.checkCancellation()
            } catch let error where !(error is CancellationError) {
                failed(error)
                unit.postpone(.end)
                try await pause(delay.next(), since: before, for: record)
            }
        }
    }
}
