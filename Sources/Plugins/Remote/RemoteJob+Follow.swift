internal import Glibc
internal import LinuxSystem
internal import Logging
internal import Synchronization
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
        let progress = OutputProgress()
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

    private func watch(_ id: UnitID, _ record: RemoteRecord, _ progress: OutputProgress) async throws -> UnitOutcome {
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        var comparisonDelay = delay
        var poll = GrowingDelay(from: timings.firstPoll, to: timings.longestPoll)
        _ = try await isNotified(progress.changes, since: progress.changes.version, within: timings.firstLook)
        while true {
            let before = versions
            let version = progress.changes.version
            do {
                let status = try await askStatus(id, of: record)
                delay.reset()
                guard var outcome = status.outcome else {
                    await unit.report(status.state, detail: status.shownDetail)
                    if try await isNotified(progress.changes, since: version, within: poll.next()) {
                        poll.reset(to: timings.promptPoll)
                    }
                    continue
                }
                if progress.expect(status.stdoutSize),
                    let doubt = try await examineOutput(before: status.stdoutSize, id, record, progress)
                {
                    guard progress.isExamined else {
                        try await pause(&comparisonDelay, since: before, for: record)
                        continue
                    }
                    outcome.detail += " (more output came than the remote node counts: \(doubt))"
                }
                while !progress.isWhole {
                    if let loss = progress.loss { return lost(loss, outcome) }
                    let version = progress.changes.version
                    guard !progress.isWhole else { break }
                    guard try await isNotified(progress.changes, since: version, within: timings.longestPoll) else {
                        progress.stalled()
                        break
                    }
                }
                if progress.isWhole { return outcome }
            } catch let refusal as ControlRefusal where refusal.isUnknownUnit {
                return .failed("Remote work unit is gone")
            } catch let error where error is ControlRefusal || error is WorkMeshError {
                failed(error)
                try await pause(&delay, since: before, for: record)
            }
            try Task.checkCancellation()
        }
    }

    private func isNotified(_ changes: ChangeSignal, since version: UInt64, within time: Duration) async throws -> Bool
    {
        try await first(of: { await changes.changed(since: version) }, { try await TaskSupport.pause(for: time) })
        return changes.version > version
    }

    /// The end of a unit whose last output cannot be had any more.
    private func lost(_ loss: String, _ outcome: UnitOutcome) -> UnitOutcome {
        unit.logger.error("output is lost", metadata: ["reason": "\(loss)"])
        return .failed("\(outcome.detail) (the remote node does not give all of the output: \(loss))")
    }

    // MARK: Output

    /// Appends the output of the unit there to the output here, from where it ends, for as long as the task lives.
    private func copyOutput(of id: UnitID, _ record: RemoteRecord, _ progress: OutputProgress) async throws {
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        while true {
            let before = versions
            let streams = progress.streams
            do {
                let isNew = try await copyOnce(id, record, progress)
                if isNew { delay.reset() }
                progress.outputEnded()
            } catch let refusal as ControlRefusal {
                progress.outputEnded(refusal: "\(refusal)")
                if !refusal.isUnknownUnit { failed(refusal) }
            } catch let error where !(error is CancellationError) {
                if progress.streams > streams { delay.reset() }
                failed(error)
            }
            try await pause(&delay, since: before, for: record)
        }
    }

    /// Copies until the other node ends the stream, or another stream is called for.
    ///
    /// - Returns: whether anything came.
    private func copyOnce(_ id: UnitID, _ record: RemoteRecord, _ progress: OutputProgress) async throws -> Bool {
        let renewal = progress.renewals.version
        return try await mesh.renewingStreams(to: record.node) {
            try await first(
                of: { try await self.copy(id, record, progress) },
                {
                    await progress.renewals.changed(since: renewal)
                    try Task.checkCancellation()
                    throw WorkMeshError(.broken, "the output of the unit on \(record.node) has stalled")
                }
            )
        }
    }

    /// Has output of which more is here than the unit had at its end copied anew, unless it is the same up to there.
    ///
    /// - Returns: why that cannot be told; `nil` when it can.
    private func examineOutput(
        before end: Int64,
        _ id: UnitID,
        _ record: RemoteRecord,
        _ progress: OutputProgress
    ) async throws -> (any Error)? {
        do {
            let isSame = try await mesh.renewingStreams(to: record.node) {
                try await self.isSameOutput(before: end, id, record)
            }
            progress.examined(isSame: isSame)
            guard !isSame else { return nil }
            unit.logger.notice("the unit has shortened its output: it is copied anew")
            isOutputDoubtful.withLock { $0 = true }
            progress.renewals.notify()
            return nil
        } catch let error where !(error is CancellationError) {
            unit.logger.warning("cannot compare the output", metadata: ["error": "\(error)"])
            // A shortage here says nothing of the other node, and passes.
            if (error as? SystemError)?.isShortage != true { progress.examinationFailed() }
            return error
        }
    }

    /// Whether the output there is what the output here begins with.
    private func isSameOutput(before end: Int64, _ id: UnitID, _ record: RemoteRecord) async throws -> Bool {
        let disk = unit.environment.disk
        let file = try await disk.run(for: unit.id) { [unit] () throws(SystemError) in try unit.openOutput() }
        let stream = try await openResults(of: id, record, from: 0)
        defer { stream.close() }
        let late = WorkMeshError(.broken, "\(record.node) does not go on with the output")
        var position: Int64 = 0
        var next: (any WorkBytes)? = EarlyBytes(bytes: stream.takeRest())
        while position < end {
            guard let part = next else {
                throw WorkMeshError(.broken, "\(record.node) gives \(position) of \(end) bytes of the output")
            }
            let (start, count) = (position, Int(min(Int64(part.count), end - position)))
            let here = try await disk.run(for: unit.id) { () throws(SystemError) in
                try file.read(upTo: count, at: start)
            }
            guard part.withUnsafeBytes({ $0.starts(with: here) }) else { return false }
            position += Int64(count)
            if position < end {
                next = try await withDeadline(after: timings.answer, orThrow: late) { try await stream.read() }
            }
        }
        return true
    }

    private func openResults(
        of id: UnitID,
        _ record: RemoteRecord,
        from position: Int64
    ) async throws -> ControlStream {
        let (stream, line) = try await streams.begin(at: record.service, within: timings.greeting) {
            .results(unit: "\(id)", startPosition: position, signature: try self.signature(of: record))
        }
        guard ControlReply.isStreamingResults(line) else {
            stream.close()
            streams.replenish(record.service)
            throw WorkMeshError(.broken, "\(record.node) gave an answer to the results request that is none")
        }
        return stream
    }

    private func copy(_ id: UnitID, _ record: RemoteRecord, _ progress: OutputProgress) async throws -> Bool {
        let disk = unit.environment.disk
        let isDoubtful = isOutputDoubtful.withLock { $0 }
        var (file, start) = try await disk.run(for: unit.id) { [unit] () throws(SystemError) in
            let file = try unit.openOutputForAppending()
            return (file, isDoubtful ? 0 : try file.size)
        }
        progress.has(start)
        let stream = try await openResults(of: id, record, from: start)
        defer {
            stream.close()
            streams.replenish(record.service)
        }
        reached()
        progress.streamBegan()
        if isDoubtful {
            file = try await disk.run(for: unit.id) { [unit] () throws(SystemError) in
                try unit.openOutputForAppending(isEmptied: true)
            }
            isOutputDoubtful.withLock { $0 = false }
            progress.beganAnew()
        }
        var position = start
        func append(_ part: any WorkBytes) async throws {
            let output = file
            try await disk.run(for: unit.id) { [unit] () throws(SystemError) in
                try part.withUnsafeBytes { (bytes) throws(SystemError) in try unit.writeOutput(bytes, to: output) }
            }
            position += Int64(part.count)
            progress.has(position)
        }
        let rest = EarlyBytes(bytes: stream.takeRest())
        if rest.count > 0 { try await append(rest) }
        while let part = try await stream.read() { try await append(part) }
        return position > start
    }

    // MARK: Cancel

    /// Tells the other node when the end of the unit is asked for, and again for each further request.
    private func passOnCancel(of id: UnitID, _ record: RemoteRecord, _ progress: OutputProgress) async throws {
        await cancelRequested()
        try Task.checkCancellation()
        await note { $0.isCancelled = true }
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        while true {
            let before = versions
            do {
                do {
                    try await askCancel(id, of: record)
                    unit.logger.info("cancel passed on", metadata: ["node": "\(record.node)"])
                } catch let refusal as ControlRefusal where refusal.isUnknownUnit {}
                delay.reset()
                progress.changes.notify()
                await requested(since: before)
                try Task.checkCancellation()
            } catch let error where !(error is CancellationError) {
                failed(error)
                unit.postpone(.end)
                try await pause(&delay, since: before, for: record)
            }
        }
    }
}

/// What came together with a line.
private struct EarlyBytes: WorkBytes {
    let bytes: [UInt8]

    var count: Int { bytes.count }

    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result: Swift.Result<Result, Failure> = bytes.withUnsafeBytes { bytes in
            Swift.Result { () throws(Failure) in try body(bytes) }
        }
        return try result.get()
    }
}
