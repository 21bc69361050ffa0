internal import CoreMetrics
internal import JSON
internal import LinuxSystem
public import Logging
internal import ShownText
internal import Synchronization
internal import TaskSupport

/// The units of work of one node: takes them in, runs them through their work types, keeps them across restarts.
public final class Workceptor: Sendable {
    /// The answer to a cancel or release request.
    public enum Answer: Sendable, Hashable {
        /// It is done.
        case done
        /// It was begun and goes on in the background, also after a restart.
        case pending
    }

    /// The node's identifier.
    public var nodeID: String { environment.nodeID }
    /// What the node offers to work types.
    public let environment: WorkEnvironment

    private struct State {
        var registry: WorkTypeRegistry
        var authorization: WorkAuthorization
    }

    let context: UnitContext
    let logger: Logger
    private let state: Mutex<State>
    let submitted = Counter(label: "workceptor_units_submitted_total")
    let refused = Counter(label: "workceptor_units_refused_total")

    /// Opens the node's data directory.
    ///
    /// - Parameter remote: what has other nodes do their work; without it, such work is refused.
    /// - Throws: ``WorkError``: the directory cannot be used or trusted, or another daemon uses it.
    public init(
        environment: WorkEnvironment,
        dataDirectory: String,
        registry: WorkTypeRegistry,
        verifier: (any SignatureVerifier)?,
        remote: (any RemoteWork)? = nil,
        logger: Logger
    ) throws(WorkError) {
        self.environment = environment
        self.logger = logger
        let store = try UnitStore(
            dataDirectory: dataDirectory,
            nodeID: environment.nodeID,
            calls: environment.fileSystem
        )
        context = UnitContext(environment: environment, store: store, remote: remote, logger: logger)
        state = Mutex(State(registry: registry, authorization: WorkAuthorization(verifier: verifier)))
    }

    /// Ends everything that goes on with units on this node, and brings their status to the disk. What other processes
    /// and nodes do for them goes on, and is found by the next start. There are no units any more afterwards.
    ///
    /// A disk or a work type that hangs holds this up: bound it by a deadline.
    public func shutDown() async {
        context.beginShutdown()
        await context.tasks.end()
        await context.remote?.shutDown()
        await withDiscardingTaskGroup { group in
            for unit in units where !unit.knownStatus.state.isComplete {
                // What somebody was told of survives a power cut already.
                group.addTask { try? await unit.persist(.atOnce) }
            }
        }
        context.removeAll()
        context.store.root.unlock()
    }

    // MARK: Work types

    /// The configured work types.
    public var registry: WorkTypeRegistry { state.withLock { $0.registry } }

    var authorization: WorkAuthorization { state.withLock { $0.authorization } }

    /// Replaces the work types, and what verifies signatures, in one step; units that run keep the types they started
    /// with.
    public func replace(registry: WorkTypeRegistry, verifier: (any SignatureVerifier)?) {
        state.withLock { $0 = State(registry: registry, authorization: WorkAuthorization(verifier: verifier)) }
    }

    // MARK: Units

    /// The unit of that identifier.
    ///
    /// - Throws: ``WorkError/unknownUnit(_:)``.
    public func unit(_ id: String) throws(WorkError) -> WorkUnit {
        guard let unit = UnitID(id).flatMap({ context.unit($0) }) else { throw .unknownUnit(id.cut(toBytes: 80)) }
        return unit
    }

    /// All units.
    public var units: [WorkUnit] { context.units }

    /// The status of a unit as `work status` and `work list` show it.
    public func shownStatus(of unit: WorkUnit) -> UnitStatus {
        var status = unit.status
        let isKnown = status.workType == Self.remoteType || unit.type != nil || registry[status.workType] != nil
        if !isKnown { status.extraData = "Unknown WorkType" }
        if status.workType == Self.remoteType {
            status.extraData = RemoteParameters.withoutSecrets(status.extraData)
        }
        status.hasNeverStarted = !unit.isPayloadComplete
        return status
    }

    /// When a unit was created and, if it is complete, ended, in seconds since 1970, as its files tell.
    public func times(of unit: WorkUnit) -> (created: Int64?, ended: Int64?) {
        let created = Files.modificationTime(of: "\(unit.directory)/\(UnitFile.statusLock.rawValue)")
        let ended =
            unit.knownStatus.state.isComplete
            ? Files.modificationTime(of: "\(unit.directory)/\(UnitFile.status.rawValue)") : nil
        return (created, ended)
    }

    /// The name of the work type that stands for work on another node.
    public static let remoteType = "remote"

    /// Checks the signature of a request that concerns a unit: cancel, release, results (control-protocol §3).
    ///
    /// - Throws: ``WorkError`` with code ``WorkError/Code/refusedByPolicy``.
    public func checkSignature(
        _ signature: String?,
        for unit: WorkUnit,
        from principal: Principal
    ) throws(WorkError) {
        let (policy, authorization) = state.withLock { ($0.registry[unit.workType]?.policy, $0.authorization) }
        try authorization.checkRequest(
            signature: signature,
            about: unit,
            admission: unit.read { $0.admission },
            policy: policy,
            from: principal
        )
    }

    /// The value of a function if it has one within a time; else it is cancelled and the value is `nil`.
    static func first<Value: Sendable>(
        within time: Duration,
        _ body: @escaping @Sendable () async -> Value?
    ) async -> Value? {
        do {
            return try await TaskSupport.first(
                of: body,
                {
                    try await pause(for: time)
                    return nil
                }
            )
        } catch {
            // Only the pause throws, when the task is cancelled.
            return nil
        }
    }
}
