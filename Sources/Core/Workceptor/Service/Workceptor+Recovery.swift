internal import JSON
internal import LinuxSystem
internal import Logging
internal import TaskSupport

/// Taking up what earlier runs of the daemon left.
extension Workceptor {
    /// How long work types may take to their first word.
    private static let settlingTime = Duration.seconds(1)

    /// Finds the units of earlier runs and takes up those that have not ended.
    ///
    /// - Throws: ``WorkError``, when the data directory cannot be read.
    public func recover() async throws(WorkError) {
        let found: [UnitStore.Found]
        do { found = try await load() } catch {
            throw WorkError(.storage, "cannot read the units on disk", cause: error)
        }
        var waiting: [(unit: WorkUnit, version: UInt64)] = []
        for one in found { if let pending = await recover(one) { waiting.append(pending) } }
        await settle(waiting)
        logger.info("units recovered", metadata: ["count": "\(found.count)"])
    }

    private func load() async throws -> [UnitStore.Found] {
        let (store, disk) = (context.store, environment.disk)
        if environment.durability == .full {
            // What is read now may be told at once: the run that wrote it may not have come to synchronizing it.
            try await disk.run(for: 0) { () throws(SystemError) in
                try store.calls.synchronizeFileSystem(of: store.root)
            }
        }
        let identifiers = try await disk.run(for: 0) { () throws(SystemError) in try store.identifiers() }
        let parts = Machine.processorCount
        return try await withThrowingTaskGroup(of: [UnitStore.Found].self) { group in
            for part in 0..<parts {
                group.addTask {
                    let mine = stride(from: part, to: identifiers.count, by: parts).map { identifiers[$0] }
                    return try await disk.run(for: part) { () throws(SystemError) in
                        var found: [UnitStore.Found] = []
                        for id in mine { if let one = try store.find(id) { found.append(one) } }
                        return found
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Waits until work types have had their first word on the units that they take up, so that nobody is told of a
    /// unit as it was before the restart. One that has nothing to say does not hold the others up for long.
    private func settle(_ units: [(unit: WorkUnit, version: UInt64)]) async {
        await untilAll(of: units, within: Self.settlingTime) { await $0.unit.changed(since: $0.version) }
        // Of an end everybody hears a moment after the unit has it, or when the disk has refused it for long.
        let ending = units.map(\.unit).filter { $0.read(Self.isEnding) }
        await untilAll(of: ending, within: WorkUnit.patienceWithDisk + Self.settlingTime) {
            _ = await $0.state { Self.isEnding($0) ? nil : true }
        }
    }

    private static func isEnding(_ state: WorkUnit.State) -> Bool {
        if case .ending = state.machine.phase { return true }
        return false
    }

    private func untilAll<Element: Sendable>(
        of elements: [Element],
        within time: Duration,
        _ wait: @escaping @Sendable (Element) async -> Void
    ) async {
        _ = await Self.first(within: time) { () -> Bool? in
            // What is waited for does not go away again: one after the other takes no longer than all at once.
            for element in elements { await wait(element) }
            return true
        }
    }

    /// Makes a unit that was found known and has its work type take it up if it has not ended.
    ///
    /// - Returns: the unit and its version before its work type changed anything, for one that does not end at once.
    private func recover(_ found: UnitStore.Found) async -> (unit: WorkUnit, version: UInt64)? {
        let status: UnitStatus
        let isReadable: Bool
        switch found.status {
        case .success(let onDisk):
            status = onDisk
            isReadable = true
        case .failure(let reason):
            // Its work may still run: the work type of the directory's other files, if any, takes it up.
            status = UnitStatus(state: .running, detail: "\(reason)", workType: "unknown")
            isReadable = false
        }
        let isRemote = status.workType == Self.remoteType
        let unit = WorkUnit(
            id: found.id,
            context: context,
            machine: UnitMachine(
                recovered: status,
                isRemote: isRemote,
                isCancelRequested: found.admission?.isCancelRequested ?? false,
                isReleaseRequested: found.admission?.isReleaseRequested ?? false
            ),
            type: isRemote ? context.remote : nil,
            admission: found.admission,
            activity: UnitActivity(
                written: isReadable
                    ? .init(status: status, admission: found.admission, isDurable: true) : nil,
                isPayloadDurable: true
            )
        )
        context.addFound(unit, parameters: status.extraData.byteCount)
        if isRemote {
            await recoverRemote(unit, isComplete: status.state.isComplete)
        } else if !status.state.isComplete {
            return (unit, await recoverLocal(unit, isReadable: isReadable))
        }
        // What a client heard to be pending goes on.
        if unit.read({ $0.machine.isReleaseRequested }) {
            await unit.perform(unit.change { $0.machine.released() })
        }
        return nil
    }

    /// - Returns: the unit's version before its work type changed anything.
    private func recoverLocal(_ unit: WorkUnit, isReadable: Bool) async -> UInt64 {
        let version = unit.version
        guard let type = workType(forRecovered: unit) else {
            let reason = registry[unit.workType] == nil ? "is not configured any more" : "is another plugin's by now"
            await unit.end(
                .failed(
                    isReadable
                        ? "The work type \(reason), and the node was restarted"
                        : "The unit's record is lost: \(unit.knownStatus.detail)"
                )
            )
            return version
        }
        unit.changeSilently { $0.type = type }
        unit.begin { try await $0.recover($1) }
        if unit.isCancelRequested { await unit.perform([.stop]) }
        return version
    }

    /// The work type that takes a unit up. The name of a work type may stand for another plugin's by now: work that may
    /// run stays with the plugin that started it.
    private func workType(forRecovered unit: WorkUnit) -> (any WorkType)? {
        let registry = registry
        let registered = registry[unit.workType]
        if let registered, registered.plugin == unit.plugin { return registered.type }
        for plugin in registry.plugins {
            guard let adopted = plugin.adopt(unit) else { continue }
            return registered?.plugin == plugin.name ? registered?.type : adopted
        }
        return unit.plugin.isEmpty ? registered?.type : nil
    }

    /// Takes up a unit of another node. Nobody waits for its first word: that node may be away for long.
    private func recoverRemote(_ unit: WorkUnit, isComplete: Bool) async {
        guard let remote = context.remote else { return }
        if !isComplete { unit.begin { try await $0.recover($1) } }
        guard remote.isReleasePending(unit) else { return }
        await unit.perform(unit.change { $0.machine.recoveredRelease() })
    }
}
