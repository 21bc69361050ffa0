internal import CoreMetrics
internal import JSON
internal import LinuxSystem
public import Logging
internal import Synchronization
internal import TaskSupport

/// The units of work of one node: takes them in, runs them through their work types, keeps them across restarts.
public final class Workceptor: Sendable {
    /// The answer to a cancel or release request.
    public enum Answer: Sendable, Hashable {
        /// It is done.
        case done
        /// It was begun and goes on in the background.
        case pending
    }

    /// The node's identifier.
    public var nodeID: String { environment.nodeID }
    /// What the node offers to work types.
    public let environment: WorkEnvironment

    private struct State {
        var registry: WorkTypeRegistry
        var verifier: (any SignatureVerifier)?
        var units: [UnitID: WorkUnit] = [:]
    }

    private let remote: (any RemoteWork)?
    private let store: UnitStore
    private let home: UnitHome
    private let logger: Logger
    private let state: Mutex<State>
    private let submitted = Counter(label: "workceptor_units_submitted_total")
    private let refused = Counter(label: "workceptor_units_refused_total")

    /// Opens the node's data directory.
    ///
    /// - Parameter remote: what has other nodes do their work; without it, such work is refused.
    /// - Throws: ``WorkError``: the directory cannot be used, or another daemon uses it.
    public init(
        environment: WorkEnvironment,
        dataDirectory: String,
        registry: WorkTypeRegistry,
        verifier: (any SignatureVerifier)?,
        remote: (any RemoteWork)? = nil,
        logger: Logger
    ) throws(WorkError) {
        self.environment = environment
        self.remote = remote
        self.logger = logger
        store = try UnitStore(dataDirectory: dataDirectory, nodeID: environment.nodeID)
        home = UnitHome(environment: environment, directory: store.path, logger: logger)
        state = Mutex(State(registry: registry, verifier: verifier))
    }

    /// Brings every unit's status to the disk, before the daemon ends.
    public func flush() async {
        await withDiscardingTaskGroup { group in
            for unit in units where !unit.knownStatus.state.isComplete {
                group.addTask { await unit.saveOrRetry() }
            }
        }
    }

    // MARK: Work types

    /// The configured work types.
    public var registry: WorkTypeRegistry { state.withLock { $0.registry } }

    /// Replaces the work types; units that run keep the ones they started with.
    public func replaceRegistry(_ registry: WorkTypeRegistry) { state.withLock { $0.registry = registry } }

    // MARK: Units

    /// The unit of that identifier.
    ///
    /// - Throws: ``WorkError/unknownUnit(_:)``.
    public func unit(_ id: String) throws(WorkError) -> WorkUnit {
        guard let id = UnitID(id), let unit = state.withLock({ $0.units[id] }) else {
            throw .unknownUnit(String(id.prefix(80)))
        }
        return unit
    }

    /// All units.
    public var units: [WorkUnit] { state.withLock { Array($0.units.values) } }

    /// The status of a unit as `work status` and `work list` show it.
    public func shownStatus(of unit: WorkUnit) -> UnitStatus {
        var status = unit.status
        let isKnown = status.workType == Self.remoteType || unit.type != nil || registry[status.workType] != nil
        if !isKnown { status.extraData = "Unknown WorkType" }
        if status.workType == Self.remoteType {
            status.extraData = RemoteParameters.withoutSecrets(status.extraData)
        }
        return status
    }

    /// When a unit was created and, if it is complete, ended, in seconds since 1970, as its files tell.
    public func times(of unit: WorkUnit) -> (created: Int64?, ended: Int64?) {
        let created = Files.modificationTime(of: "\(unit.directory)/status.lock")
        let ended = unit.knownStatus.state.isComplete ? Files.modificationTime(of: "\(unit.directory)/status") : nil
        return (created, ended)
    }

    /// The name of the work type that stands for work on another node.
    public static let remoteType = "remote"

    // MARK: Submit

    /// Checks a submit request and makes its unit (control-protocol §3).
    ///
    /// - Throws: ``WorkError``; a request that is refused leaves nothing on disk.
    public func admit(_ request: SubmitRequest, from client: WorkClient) async throws(WorkError) -> UnitIntake {
        do throws(WorkError) {
            let admission = try check(request, from: client)
            let lifecycle = UnitLifecycle(workType: admission.workType, extraData: admission.extraData)
            var id = UnitID.random()
            do throws(SystemError) {
                while try await !create(id, lifecycle.status) { id = UnitID.random() }
            } catch {
                throw WorkError(.storage, "cannot create the unit", cause: error)
            }
            let unit = WorkUnit(
                id: id,
                home: home,
                lifecycle: lifecycle,
                saved: lifecycle.status,
                parameters: admission.parameters,
                type: admission.type
            )
            state.withLock { $0.units[id] = unit }
            submitted.increment()
            unit.logger.info("unit created", metadata: ["peer": "\(client.name)"])
            return UnitIntake(unit: unit) { Self.run(unit, with: admission.type) { try await $0.run(unit) } }
        } catch {
            refused.increment()
            logger.notice("submit refused", metadata: ["peer": "\(client.name)", "reason": "\(error.code)"])
            throw error
        }
    }

    private func create(_ id: UnitID, _ status: UnitStatus) async throws(SystemError) -> Bool {
        try await environment.disk.run(for: id) { [store] () throws(SystemError) in try store.create(id, status) }
    }

    private func check(_ request: SubmitRequest, from client: WorkClient) throws(WorkError) -> UnitAdmission {
        guard isLocal(request.node) else { return try checkRemote(request) }
        let (registered, verifier) = state.withLock { ($0.registry[request.workType], $0.verifier) }
        guard let registered else {
            throw WorkError(.unknownWorkType, "unknown work type \(request.workType.prefix(80))")
        }
        let forwarding = registered.type as? any ForwardingWorkType
        guard request.timeToLive == nil || forwarding != nil else {
            throw WorkError(.invalidRequest, "ttl option is intended for remote work only")
        }
        try registered.policy.checkParameters(request.parameters)
        try registered.policy.checkSignature(request.signature, from: client, verifier: verifier)
        if let forwarding { return try checkForwarded(forwarding.forwarded(request), from: client) }
        do { try registered.type.validate(request.parameters) } catch {
            throw WorkError(.invalidRequest, "invalid parameters", cause: error)
        }
        return UnitAdmission(workType: registered.name, type: registered.type, parameters: request.parameters)
    }

    /// Checks a request for work on another node. That node checks the rest, so a signature of the client's says
    /// nothing here.
    private func checkRemote(_ request: SubmitRequest) throws(WorkError) -> UnitAdmission {
        if request.tlsClient == nil, request.parameters.keys.contains(where: RemoteParameters.isSecret) {
            throw WorkError(.refusedByPolicy, "cannot send secrets over a non-TLS connection")
        }
        guard let remote else {
            throw WorkError(
                .unavailable,
                "this node is in no mesh: submit to \(nodeID) or localhost"
            )
        }
        let extraData = try remote.extraData(for: request)
        return UnitAdmission(workType: Self.remoteType, type: remote, parameters: [:], extraData: extraData)
    }

    /// Checks a request for a work type that stands for another node's.
    private func checkForwarded(_ request: SubmitRequest, from client: WorkClient) throws(WorkError) -> UnitAdmission {
        // Two nodes that forward to each other would go on for ever.
        guard client.transport != .mesh, !isLocal(request.node) else {
            throw WorkError(
                .refusedByPolicy,
                "the work type stands for \(request.workType) of node \(request.node): submit that to the node itself"
            )
        }
        return try checkRemote(request)
    }

    private func isLocal(_ node: String) -> Bool { node == nodeID || node.lowercased() == "localhost" }

    /// Checks the signature of a request that concerns a unit: cancel, release, results (control-protocol §3).
    ///
    /// - Throws: ``WorkError`` with code ``WorkError/Code/refusedByPolicy``.
    public func checkSignature(_ signature: String?, for unit: WorkUnit, from client: WorkClient) throws(WorkError) {
        let (policy, verifier) = state.withLock { ($0.registry[unit.workType]?.policy, $0.verifier) }
        try (policy ?? WorkPolicy()).checkSignature(signature, from: client, verifier: verifier)
    }

    /// Runs one function of a work type in a task of the unit's own and ends the unit with what comes of it.
    private static func run(
        _ unit: WorkUnit,
        with type: any WorkType,
        _ body: @escaping @Sendable (any WorkType) async throws -> UnitOutcome
    ) {
        unit.begin(with: type) {
            let outcome: UnitOutcome
            do {
                outcome = try await body(type)
            } catch is CancellationError where unit.isCancelRequested {
                outcome = .canceled()
            } catch {
                outcome = .failed("\(error)")
            }
            await unit.end(outcome)
        }
    }

    // MARK: Cancel and release

    /// Asks for the end of a unit and waits for it, at most the grace time of its work type.
    public func cancel(_ unit: WorkUnit) async -> Answer {
        guard !unit.knownStatus.state.isComplete else { return .done }
        unit.logger.info("cancel requested")
        let postponements = unit.postponements(of: .end)
        if unit.requestEnd(), !unit.hasStarted {
            await unit.end(Self.canceledBeforeStart(unit))
            return .done
        }
        guard let type = unit.type else {
            await unit.end(.canceled())
            return .done
        }
        type.cancel(unit)
        let isOver = await first(within: type.gracePeriod) {
            await unit.lifecycle { $0.status.state.isComplete || unit.postponements(of: .end) > postponements }
                .status.state.isComplete
        }
        return isOver ?? false ? .done : .pending
    }

    private static func canceledBeforeStart(_ unit: WorkUnit) -> UnitOutcome {
        .canceled(unit.workType == remoteType ? "Locally Cancelled" : "Canceled")
    }

    /// The value of a function if it has one within a time; else it is cancelled and the value is `nil`.
    @discardableResult
    private func first<Value: Sendable>(
        within time: Duration,
        _ body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await pause(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Cancels a unit, then deletes it with its files.
    ///
    /// - Parameter isForced: whether the files go even if the unit does not end within its grace time.
    /// - Throws: ``WorkError``, when the files cannot be deleted.
    public func release(_ unit: WorkUnit, isForced: Bool = false) async throws(WorkError) -> Answer {
        if unit.workType == Self.remoteType, let remote {
            return try await release(unit, on: remote, isForced: isForced)
        }
        guard await cancel(unit) == .done || isForced else {
            // It ends sometime, and goes then.
            Task {
                await unit.status { $0.state.isComplete }
                try? await self.delete(unit)
            }
            return .pending
        }
        try await delete(unit)
        return .done
    }

    /// Releases a unit of another node there, then here (work-units §4.5).
    private func release(
        _ unit: WorkUnit,
        on remote: any RemoteWork,
        isForced: Bool
    ) async throws(WorkError) -> Answer {
        unit.logger.info("release requested")
        let postponements = unit.postponements(of: .release)
        unit.requestRelease()
        if !unit.hasStarted, unit.apply(.cancelRequested), !unit.hasStarted {
            await unit.end(Self.canceledBeforeStart(unit))
        }
        let releasing = releasing(unit, on: remote)
        await first(within: remote.gracePeriod) {
            _ = await unit.lifecycle { _ in unit.isReleasedElsewhere || unit.postponements(of: .release) > postponements
            }
        }
        if unit.isReleasedElsewhere {
            try await releasing.value.get()
            return .done
        }
        guard isForced else { return .pending }
        releasing.cancel()
        _ = await releasing.value
        try await delete(unit)
        return .done
    }

    /// The task that releases a unit of another node for as long as that takes.
    @discardableResult
    private func releasing(_ unit: WorkUnit, on remote: any RemoteWork) -> Task<Result<Void, WorkError>, Never> {
        unit.releasing {
            Task {
                defer { unit.releasingEnded() }
                guard await remote.release(onOtherNode: unit) else { return .success(()) }
                unit.markReleasedElsewhere()
                do throws(WorkError) {
                    try await self.delete(unit)
                    return .success(())
                } catch {
                    unit.logger.error("cannot delete the unit", metadata: ["error": "\(error)"])
                    return .failure(error)
                }
            }
        }
    }

    private func delete(_ unit: WorkUnit) async throws(WorkError) {
        guard !unit.isRemoved else { return }
        do { try await unit.type?.release(unit) } catch {
            throw WorkError(.storage, "cannot release unit \(unit.id)", cause: error)
        }
        unit.markRemoved()
        do throws(SystemError) {
            try await environment.disk.run(for: unit.id) { [store] () throws(SystemError) in try store.remove(unit.id) }
        } catch {
            unit.markRemoved(false)
            throw WorkError(.storage, "cannot delete unit \(unit.id)", cause: error)
        }
        state.withLock { $0.units[unit.id] = nil }
        unit.logger.info("unit released")
    }

    // MARK: Restart

    /// Finds the units of earlier runs and takes up those that have not ended.
    ///
    /// - Throws: ``WorkError``, when the data directory cannot be read.
    public func recover() async throws(WorkError) {
        let found: [UnitStore.Found]
        do {
            found = try await load()
        } catch {
            throw WorkError(.storage, "cannot read the units on disk", cause: error)
        }
        var pending: [(unit: WorkUnit, version: UInt64)] = []
        for one in found {
            if let recovering = await recover(one) { pending.append(recovering) }
        }
        await settle(pending)
        logger.info("units recovered", metadata: ["count": "\(found.count)"])
    }

    private func load() async throws -> [UnitStore.Found] {
        let store = store
        let disk = environment.disk
        let identifiers = try await disk.run(for: 0) { () throws(SystemError) in try store.identifiers() }
        let parts = Machine.processorCount
        return await withTaskGroup(of: [UnitStore.Found].self) { group in
            for part in 0..<parts {
                group.addTask {
                    let mine = stride(from: part, to: identifiers.count, by: parts).map { identifiers[$0] }
                    return await disk.run(for: part) { mine.compactMap { store.find($0) } }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Waits until work types have had their first word on the units that they take up, so that nobody is told of a
    /// unit as it was before the restart. One that has nothing to say does not hold the others up for long.
    private func settle(_ units: [(unit: WorkUnit, version: UInt64)]) async {
        await withDiscardingTaskGroup { group in
            let waiting = Task {
                await withDiscardingTaskGroup { group in
                    for (unit, version) in units { group.addTask { await unit.changed(since: version) } }
                }
            }
            group.addTask {
                try? await pause(for: Self.settlingTime)
                waiting.cancel()
            }
            await waiting.value
            group.cancelAll()
        }
    }

    private static let settlingTime = Duration.seconds(1)

    /// Makes a unit that was found known and has its work type take it up if it has not ended.
    ///
    /// - Returns: the unit and its version before its work type changed anything; `nil` for one that has ended.
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
            home: home,
            lifecycle: UnitLifecycle(recovered: status, keepsExtraData: isRemote),
            saved: isReadable ? status : nil,
            type: isRemote ? remote : nil
        )
        state.withLock { $0.units[found.id] = unit }
        if isRemote {
            recoverRemote(unit, isComplete: status.state.isComplete)
            return nil
        }
        guard !status.state.isComplete else { return nil }
        let version = unit.version
        let registry = registry
        let adopted = { registry.plugins.lazy.compactMap { $0.adopt(unit) }.first }
        if let type = registry[status.workType]?.type ?? adopted() {
            Self.run(unit, with: type) { try await $0.recover(unit) }
        } else if isReadable {
            await unit.end(.failed("The work type is not configured any more, and the node was restarted"))
        } else {
            await unit.end(.failed("The unit's record is lost: \(status.detail)"))
        }
        return (unit, version)
    }

    /// Takes up a unit of another node. Nobody waits for its first word: that node may be away for long.
    private func recoverRemote(_ unit: WorkUnit, isComplete: Bool) {
        guard let remote else { return }
        if !isComplete { Self.run(unit, with: remote) { try await $0.recover(unit) } }
        if remote.isReleasePending(unit) { releasing(unit, on: remote) }
    }
}
