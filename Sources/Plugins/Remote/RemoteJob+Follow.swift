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
            let hadEnded = progress.hasEnded
            do {
                let (status, request) = try await look(at: id, record, progress)
                delay.reset()
                guard let outcome = status.outcome else {
                    if hadEnded { progress.endedEarly() }
                    await unit.report(status.state, detail: status.shownDetail)
                    if try await isNotified(progress.changes, since: version, within: poll.next()) {
                        poll.reset(to: timings.promptPoll)
                    }
                    continue
                }
                progress.expect(status.stdoutSize)
                progress.tells(status.outputFingerprint, for: request)
                switch try await output(of: status, id, record, progress) {
                case .whole: return progress.isConfirmed ? outcome.withOutput(status.stdoutSize) : outcome
                case .lost(let reason): return lost(reason, outcome)
                case .stalled: break
                case .doubted: try await pause(&comparisonDelay, since: before, for: record)
                }
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

    /// What is known of the output of a unit that has ended.
    private enum Output: Sendable {
        case whole
        case lost(String)
        /// Nothing came for a while.
        case stalled
        /// Nobody could tell yet whether it is the same as there.
        case doubted
    }

    /// Asks for the unit's state, and together with it for the fingerprint of what is here if that costs next to nothing.
    private func look(
        at id: UnitID,
        _ record: RemoteRecord,
        _ progress: OutputProgress
    ) async throws -> (UnitStatus, FingerprintRequest?) {
        let size = progress.size
        if size > 0, size <= Self.promptBytes, !progress.lacksFingerprints {
            let request = FingerprintRequest(size: size, key: OutputFingerprint.Key().text)
            // The state is for everybody, the fingerprint is not.
            do { return (try await askStatus(id, of: record, request), request) } catch is RemoteWorkError {
            } catch let refusal as ControlRefusal where !refusal.isUnknownUnit && !refusal.isForNow {}
        }
        return (try await askStatus(id, of: record), nil)
    }

    /// Waits until all output of the ended unit is here, and is what it is there.
    private func output(
        of status: UnitStatus,
        _ id: UnitID,
        _ record: RemoteRecord,
        _ progress: OutputProgress
    ) async throws -> Output {
        while true {
            while case let version = progress.changes.version, !progress.isWhole {
                if let loss = progress.loss { return .lost("the remote node does not give all of the output: \(loss)") }
                guard try await isNotified(progress.changes, since: version, within: timings.longestPoll) else {
                    progress.stalled()
                    return .stalled
                }
            }
            if let result = try await examineOutput(of: status, id, record, progress) { return result }
        }
    }

    /// The end of a unit whose output is not all here, or nobody knows whether it is.
    private func lost(_ reason: String, _ outcome: UnitOutcome) -> UnitOutcome {
        unit.logger.error("output is lost", metadata: ["reason": "\(reason)"])
        let detail = "\(outcome.detail) (\(reason))"
        return outcome.state == .canceled ? .canceled(detail) : .failed(detail)
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
                if refusal.isForNow { progress.streamBroke() } else { progress.outputEnded(refusal: "\(refusal)") }
                if !refusal.isUnknownUnit { failed(refusal) }
            } catch let error where !(error is CancellationError) {
                progress.streamBroke()
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

    /// Compares the output with that of the ended unit, and has it copied anew where it is another one.
    ///
    /// - Returns: `nil` when it is copied anew.
    private func examineOutput(
        of status: UnitStatus,
        _ id: UnitID,
        _ record: RemoteRecord,
        _ progress: OutputProgress
    ) async throws -> Output? {
        do {
            if try await isSameOutput(of: status, id, record, progress) { return .whole }
            guard progress.differed() else {
                return .lost("the remote node's output goes on changing after the unit's end")
            }
            copyAnew(progress)
            progress.renewals.notify()
            return nil
        } catch let refusal as ControlRefusal where refusal.isUnknownUnit {
            throw refusal
        } catch let error where !(error is CancellationError) {
            unit.logger.warning("cannot compare the output", metadata: ["error": "\(error)"])
            // An outage, or a shortage here, says nothing of the output, and passes.
            if error is WorkMeshError || (error as? ControlRefusal)?.isForNow == true { return .doubted }
            if (error as? SystemError)?.isShortage == true { return .doubted }
            guard !progress.examinationFailed() else { return .doubted }
            return .lost("it cannot be told whether the output is the remote node's: \(error)")
        }
    }

    /// Has the next stream replace the output here.
    private func copyAnew(_ progress: OutputProgress) {
        unit.logger.notice("the unit has written its output anew: it is copied again")
        progress.isNotTheSame()
        isOutputDoubtful.withLock { $0 = true }
    }

    /// Whether the output of the ended unit is what the output here begins with. A node that gives no fingerprints is only
    /// asked for its output once more where there is reason to doubt.
    private func isSameOutput(
        of status: UnitStatus,
        _ id: UnitID,
        _ record: RemoteRecord,
        _ progress: OutputProgress
    ) async throws -> Bool {
        guard status.stdoutSize > 0 || progress.size > 0 else { return true }
        if let isSame = try await hasSameFingerprint(status.stdoutSize, id, record, progress) {
            if isSame { progress.confirmed() }
            return isSame
        }
        guard progress.isDoubted else { return true }
        let isSame = try await mesh.renewingStreams(to: record.node) {
            try await self.isRepeated(before: status.stdoutSize, id, record, progress)
        }
        progress.examined()
        return isSame
    }

    /// - Returns: `nil` when the other node gives no fingerprints.
    private func hasSameFingerprint(
        _ size: Int64,
        _ id: UnitID,
        _ record: RemoteRecord,
        _ progress: OutputProgress
    ) async throws -> Bool? {
        if let (request, there) = progress.takeFingerprint(), request.size == size {
            guard let key = OutputFingerprint.Key(request.key) else { return nil }
            return try await unit.outputFingerprint(ofFirst: size, key: key).text == there
        }
        guard !progress.lacksFingerprints else { return nil }
        let key = OutputFingerprint.Key()
        // Both nodes read at the same time.
        async let here = unit.outputFingerprint(ofFirst: size, key: key).text
        let status = try await askStatus(id, of: record, FingerprintRequest(size: size, key: key.text))
        guard let there = status.outputFingerprint else {
            progress.givesNoFingerprints()
            return nil
        }
        return try await here == there
    }

    /// Has the other node give all of the output again, and compares. What a broken stream has compared counts.
    private func isRepeated(
        before end: Int64,
        _ id: UnitID,
        _ record: RemoteRecord,
        _ progress: OutputProgress
    ) async throws -> Bool {
        let disk = unit.environment.disk
        let file = try await disk.run(for: unit.id) { [unit] () throws(SystemError) in try unit.openOutput() }
        var position = progress.compared
        let stream = try await openResults(of: id, record, from: position)
        defer { stream.close() }
        let late = WorkMeshError(.broken, "\(record.node) does not go on with the output")
        var next: (any WorkBytes)? = EarlyBytes(bytes: stream.takeRest())
        while position < end {
            guard let part = next else {
                throw RemoteWorkError("\(record.node) gives \(position) of \(end) bytes of the output")
            }
            let (start, count) = (position, Int(min(Int64(part.count), end - position)))
            let here = try await disk.run(for: unit.id) { () throws(SystemError) in
                try file.read(upTo: count, at: start)
            }
            guard here.count == count, part.withUnsafeBytes({ $0.starts(with: here) }) else { return false }
            position += Int64(count)
            progress.compared(to: position)
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

    /// How much of the output here is asked for again with what follows it, to see whether it is still the same: the unit
    /// may have written it anew while no stream was there. It is less than what even a poor link brings before it breaks.
    private static let repeatedBytes: Int64 = 4 << 10

    private func copy(_ id: UnitID, _ record: RemoteRecord, _ progress: OutputProgress) async throws -> Bool {
        let disk = unit.environment.disk
        let isDoubtful = isOutputDoubtful.withLock { $0 }
        var (file, start, last) = try await disk.run(for: unit.id) { [unit] () throws(SystemError) in
            let file = try unit.openOutputForAppending()
            let size = isDoubtful ? 0 : try file.size
            let count = min(size, Self.repeatedBytes)
            return (file, size, try file.read(upTo: Int(count), at: size - count)[...])
        }
        progress.resumes(at: start)
        let stream = try await openResults(of: id, record, from: start - Int64(last.count))
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
        var next: (any WorkBytes)? = EarlyBytes(bytes: stream.takeRest())
        while let part = next {
            let repeated = last.prefix(part.count)
            guard part.withUnsafeBytes({ $0.starts(with: repeated) }) else {
                copyAnew(progress)
                return true
            }
            last = last.dropFirst(repeated.count)
            if !repeated.isEmpty, last.isEmpty { progress.verified() }
            if part.count > repeated.count {
                let output = file
                try await disk.run(for: unit.id) { [unit] () throws(SystemError) in
                    try part.withUnsafeBytes { (bytes) throws(SystemError) in
                        try unit.writeOutput(UnsafeRawBufferPointer(rebasing: bytes[repeated.count...]), to: output)
                    }
                }
                position += Int64(part.count - repeated.count)
                progress.has(position)
            }
            next = try await stream.read()
        }
        // What the unit does not have any more is for the comparison at its end.
        progress.verified()
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
