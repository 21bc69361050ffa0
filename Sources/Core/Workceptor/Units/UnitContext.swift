internal import LinuxSystem
internal import Logging
internal import Synchronization
internal import TaskSupport

/// What all units of a node share, and the table of them.
final class UnitContext: Sendable {
    let environment: WorkEnvironment
    let store: UnitStore
    let commit: GroupCommit
    /// Has other nodes do their work.
    let remote: (any RemoteWork)?
    /// Owns what goes on with units in the background.
    let tasks = TaskOwner()
    let logger: Logger
    private let state = Mutex<(units: [UnitID: WorkUnit], isShuttingDown: Bool)>(([:], false))

    init(environment: WorkEnvironment, store: UnitStore, remote: (any RemoteWork)?, logger: Logger) {
        self.environment = environment
        self.store = store
        self.remote = remote
        self.logger = logger
        commit = GroupCommit(calls: environment.fileSystem, disk: environment.disk)
    }

    var units: [WorkUnit] { state.withLock { Array($0.units.values) } }

    func unit(_ id: UnitID) -> WorkUnit? { state.withLock { $0.units[id] } }

    func add(_ unit: WorkUnit) { state.withLock { $0.units[unit.id] = unit } }

    func remove(_ unit: WorkUnit) { _ = state.withLock { $0.units.removeValue(forKey: unit.id) } }

    /// Lets go of all units, which hold this context: neither would end otherwise.
    func removeAll() { state.withLock { $0.units = [:] } }

    /// Whether the daemon ends: what units do is found and taken up at the next start.
    var isShuttingDown: Bool { state.withLock { $0.isShuttingDown } }

    func beginShutdown() { state.withLock { $0.isShuttingDown = true } }
}
