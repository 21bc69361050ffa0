internal import Glibc
internal import LinuxSystem
internal import Logging
internal import TaskSupport

/// The one writer of a unit's status. What is written is decided when it is the write's turn, so an older status never
/// replaces a newer one, and whoever comes while a write goes on shares the next.
extension WorkUnit {
    /// How long a unit runs before that is written down, so that short ones cost one write less.
    private static let soon = Duration.milliseconds(50)
    /// How long the disk may refuse an end before everybody hears of it all the same.
    static let patienceWithDisk = Duration.seconds(2)
    private static let longestDelay = Duration.seconds(60)

    /// What one call of ``persist(_:)`` does next.
    private enum Step {
        case done
        case wait
        case write(UnitActivity.Written, before: UnitActivity.Written?, isPayloadDurable: Bool)
    }

    /// Brings the newest status to the disk.
    ///
    /// - Throws: `SystemError`; with `ECANCELED` when the task is cancelled while another one writes.
    func persist(_ promptness: UnitMachine.Promptness) async throws(SystemError) {
        let isDurable = promptness == .durably && environment.durability == .full
        while true {
            let version = changes.version
            switch changeSilently({ Self.nextStep(&$0, isDurable) }) {
            case .done: return
            case .wait:
                await changes.changed(since: version)
                if Task.isCancelled { throw SystemError("save the status", code: ECANCELED) }
            case .write(let next, let before, let isPayloadDurable):
                let actions: [UnitMachine.Action]
                do throws(SystemError) {
                    try await write(next, over: before, isPayloadDurable: isPayloadDurable)
                } catch {
                    change { $0.activity.isWriting = false }
                    throw error
                }
                actions = change { state in
                    state.activity.isWriting = false
                    state.activity.written = next
                    if next.isDurable { state.activity.isPayloadDurable = true }
                    return state.machine.persisted(next.status)
                }
                await perform(actions)
            }
        }
    }

    private static func nextStep(_ state: inout State, _ isDurable: Bool) -> Step {
        guard !state.machine.isRemoved else { return .done }
        let next = UnitActivity.Written(
            status: state.machine.newest,
            admission: state.admission,
            isDurable: isDurable
        )
        let before = state.activity.written
        if let before, before.status == next.status, before.admission == next.admission,
            before.isDurable || !isDurable
        {
            return .done
        }
        guard !state.activity.isWriting else { return .wait }
        state.activity.isWriting = true
        return .write(next, before: before, isPayloadDurable: state.activity.isPayloadDurable)
    }

    private func write(
        _ next: UnitActivity.Written,
        over before: UnitActivity.Written?,
        isPayloadDurable: Bool
    ) async throws(SystemError) {
        let (id, store) = (id, context.store)
        let isFull = environment.durability == .full
        var changed: [(UnitFile, [UInt8])] = []
        if let admission = next.admission, admission != before?.admission {
            changed.append((.admission, admission.fileContent))
        }
        if next.status != before?.status { changed.append((.status, next.status.fileContent)) }
        let contents = changed
        guard isFull else {
            return try await environment.disk.run(for: id) { () throws(SystemError) in
                for (file, content) in contents {
                    _ = try store.prepare(file, of: id, content)
                    try store.publish(file, of: id, mayBeLost: !next.status.state.isComplete)
                }
            }
        }
        let isFirst = next.isDurable && !isPayloadDurable
        let prepared = try await environment.disk.run(for: id) { () throws(SystemError) -> [Descriptor] in
            var files: [Descriptor] = []
            for (file, content) in contents { files.append(try store.prepare(file, of: id, content)) }
            guard isFirst else { return files }
            // The payload of a unit that ended before it began is of no use, and may be what failed.
            for file in next.status.state.isComplete ? [UnitFile.admission] : [.payload, .admission] {
                files.append(try store.open(file, of: id, flags: O_RDONLY))
            }
            return files + [try store.openDirectory(of: id), store.root]
        }
        // The content is on the disk before it takes the name: after a power cut the file has the old or the new one.
        if !prepared.isEmpty { try await context.commit.synchronize(prepared) }
        let directory = try await environment.disk.run(for: id) { () throws(SystemError) -> Descriptor in
            for (file, _) in contents { try store.publish(file, of: id) }
            return try store.openDirectory(of: id)
        }
        if next.isDurable { try await context.commit.synchronize([directory]) }
    }

    // MARK: When the disk does not take it

    /// Brings the status to the disk; where that fails, goes on trying in the background.
    func persistOrRetry(_ promptness: UnitMachine.Promptness) async {
        do throws(SystemError) { try await persist(promptness) } catch { retryPersisting(after: error) }
    }

    /// Brings the status to the disk in a moment, with what else changes until then.
    func persistSoon() {
        let isFirst = changeSilently { state in
            defer { state.activity.isWriteScheduled = true }
            return !state.activity.isWriteScheduled
        }
        guard isFirst else { return }
        context.tasks.start {
            try? await pause(for: Self.soon)
            self.changeSilently { $0.activity.isWriteScheduled = false }
            await self.persistOrRetry(.atOnce)
        }
    }

    /// Goes on trying to bring the status to the disk, ever more rarely, until the disk takes it or the unit is gone.
    func retryPersisting(after error: SystemError? = nil) {
        guard error?.code != ECANCELED || !context.isShuttingDown else { return }
        let isFirst = changeSilently { state in
            defer { state.activity.isRetryingWrite = true }
            return !state.activity.isRetryingWrite
        }
        guard isFirst else { return }
        let started = context.tasks.start {
            await self.persistAgainAndAgain(after: error)
            self.change { $0.activity.isRetryingWrite = false }
        }
        if started == nil { change { $0.activity.isRetryingWrite = false } }
    }

    private func persistAgainAndAgain(after error: SystemError?) async {
        let start = ContinuousClock.now
        var delay = Duration.milliseconds(50)
        var failures = 0
        var failure = error
        while true {
            if let failure, failure.code != ECANCELED {
                if failure.isNotFound, await haveFilesVanished() { return await filesVanished() }
                failures += 1
                // Ever more rarely: the log must not grow while the disk is full.
                if failures.nonzeroBitCount == 1 {
                    logger.error("cannot save the status, will try again", metadata: ["error": "\(failure)"])
                }
            }
            let time = ContinuousClock.now - start
            if time >= Self.patienceWithDisk { await publishUnsaved() }
            do {
                try await pause(for: time < Self.patienceWithDisk ? min(delay, Self.patienceWithDisk - time) : delay)
            } catch {
                return
            }
            delay = min(delay * 2, Self.longestDelay)
            do throws(SystemError) {
                try await persist(.durably)
                if failures > 0, !isReleased { logger.notice("the disk takes the status again") }
                return
            } catch { failure = error }
        }
    }

    /// Lets everybody hear of an end that the disk has refused for long: who waits cannot wait for ever, and should the
    /// disk never take it, the next start of the daemon finds the end as this one did.
    private func publishUnsaved() async { await perform(change { $0.machine.persisted($0.machine.newest) }) }

    private func haveFilesVanished() async -> Bool {
        let (id, store) = (id, context.store)
        return await environment.disk.run(for: id) { store.hasVanished(id) }
    }

    /// Somebody else deleted the unit's directory: one line, and the unit is no more.
    private func filesVanished() async {
        let (isNews, actions) = change { (!$0.machine.isRemoved, $0.machine.filesVanished()) }
        guard isNews else { return }
        logger.error("the unit's directory was deleted by somebody else: the unit is given up")
        context.remove(self)
        await perform(actions)
    }
}
