internal import LinuxSystem
internal import Logging
internal import TaskSupport

/// Performing what the unit's machine decided.
extension WorkUnit {
    /// Performs actions in their order.
    ///
    /// - Returns: why one of them failed, for whoever asked for it.
    @discardableResult
    func perform(_ actions: [UnitMachine.Action]) async -> WorkError? {
        var failure: WorkError?
        for action in actions {
            switch action {
            case .run: begin { try await $0.run($1) }
            case .stop: failure = await stop() ?? failure
            case .interrupt: interrupt()
            case .persist(.soon): persistSoon()
            case .persist(let promptness): await persistOrRetry(promptness)
            case .releaseElsewhere: beginReleaseElsewhere()
            case .abandonElsewhere: await abandonReleaseElsewhere()
            case .delete: failure = await delete() ?? failure
            }
        }
        context.giveBackParameters(of: self)
        return failure
    }

    // MARK: The work

    /// Runs one function of the work type in a task of the unit's own, and ends the unit with what comes of it.
    func begin(_ body: @escaping @Sendable (any WorkType, WorkUnit) async throws -> UnitOutcome) {
        changeSilently { state in
            guard let type = state.type else { return }
            let executor = environment.disk.executor(for: id)
            state.activity.work = context.tasks.start(on: executor) { await self.work(type, body) }
            if state.activity.isInterrupted { state.activity.work?.cancel() }
        }
    }

    private func work(
        _ type: any WorkType,
        _ body: @Sendable (any WorkType, WorkUnit) async throws -> UnitOutcome
    ) async {
        let outcome: UnitOutcome
        do {
            outcome = try await body(type, self)
        } catch is CancellationError where isCancelRequested {
            outcome = .canceled()
        } catch {
            outcome = .failed("\(error)")
        }
        // What comes of a function that the end of the daemon broke off says nothing about the work.
        if Task.isCancelled, context.isShuttingDown { return }
        await end(outcome)
        change { state in
            state.activity.work = nil
            state.activity.parameters = [:]
        }
    }

    /// Ends the unit: the disk has the output and the status, if it takes it, before anybody hears of it.
    func end(_ outcome: UnitOutcome) async {
        let (id, store) = (id, context.store)
        var outcome = outcome
        let written = await environment.disk.run(for: id) { store.outputSize(of: id) }
        let size = min(written, outcome.stdoutSize ?? .max)
        if size > 0, let error = await outputLoss() {
            outcome = .failed("\(outcome.detail) (the output does not get to the disk: \(error))")
        }
        await perform(change { $0.machine.ended(outcome, stdoutSize: size) })
        logger.info("unit ended", metadata: ["state": "\(outcome.state.name)", "detail": "\(outcome.detail)"])
    }

    /// Brings the output to the disk. That is not done together with the status, which is tried again until the disk takes
    /// it: the kernel tells only once of output that it could not write.
    ///
    /// - Returns: why the disk does not have all of it.
    private func outputLoss() async -> SystemError? {
        var delay = Duration.milliseconds(10)
        while true {
            do throws(SystemError) {
                try await synchronizeOutput()
                return nil
            } catch {
                guard error.isShortage else { return error }
                // That says nothing of the output. Who waits for the end does not wait for ever, though.
                guard delay < .seconds(3), (try? await pause(for: delay)) != nil else {
                    logger.warning("the output may not be on the disk yet", metadata: ["error": "\(error)"])
                    return nil
                }
                delay *= 2
            }
        }
    }

    private func stop() async -> WorkError? {
        guard let type else {
            await end(.canceled())
            return nil
        }
        do { try await type.cancel(self) } catch {
            return WorkError(.unavailable, "cannot cancel unit \(id)", cause: error)
        }
        return nil
    }

    // MARK: Release

    private func beginReleaseElsewhere() {
        guard let remote = context.remote else { return }
        change { state in
            state.activity.releasing = context.tasks.start { await self.releaseElsewhere(remote) }
        }
    }

    private func releaseElsewhere(_ remote: any RemoteWork) async {
        let isDone = await remote.release(onOtherNode: self)
        let actions = change { state in
            state.activity.releasing = nil
            guard isDone else {
                state.machine.releaseElsewhereStopped()
                return [UnitMachine.Action]()
            }
            return state.machine.releasedElsewhere()
        }
        if let error = await perform(actions) {
            logger.error("cannot delete the unit", metadata: ["error": "\(error)"])
        }
    }

    private func abandonReleaseElsewhere() async {
        guard let releasing = read({ $0.activity.releasing }) else { return }
        releasing.cancel()
        await releasing.wait()
    }

    private func delete() async -> WorkError? {
        do {
            try await type?.release(self)
            try await removeFiles()
        } catch {
            let failure = WorkError(.storage, "cannot delete unit \(id)", cause: error)
            let actions = change { state in
                state.activity.deletionError = failure
                return state.machine.deleteFailed()
            }
            await perform(actions)
            return failure
        }
        context.remove(self)
        let actions = change { $0.machine.deleted() }
        await perform(actions)
        logger.info("unit released")
        return nil
    }

    private func removeFiles() async throws(SystemError) {
        let (id, store) = (id, context.store)
        try await environment.disk.run(for: id) { () throws(SystemError) in try store.condemn(id) }
        // Who hears that the unit is gone must not find it again.
        if environment.durability == .full { try await context.commit.synchronize([store.root]) }
        try await environment.disk.run(for: id) { () throws(SystemError) in try store.removeCondemned(id) }
    }
}
