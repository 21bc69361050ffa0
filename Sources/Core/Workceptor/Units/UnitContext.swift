internal import JSON
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
    private let state = Mutex(State())

    private struct State {
        var units: [UnitID: WorkUnit] = [:]
        /// What the units take that keep long parameters.
        var longParameters: [UnitID: LongParameters] = [:]
        var isShuttingDown = false
    }

    /// For the long parameters that clients gave units, in bytes of JSON: they are held in memory, and are in every list.
    private let parameterBudget = MemoryBudget(limit: 48 << 20, strangersLimit: 32 << 20, ordinary: 4 << 10)

    /// What one unit takes of the memory for long parameters.
    final class LongParameters: Sendable {
        private let share: Mutex<MemoryBudget.Share>

        fileprivate init(of budget: MemoryBudget, isLocal: Bool) { share = Mutex(budget.share(isLocal: isLocal)) }

        fileprivate func resize(to bytes: Int) -> Bool { share.withLock { $0.resize(to: bytes) } }

        fileprivate var isEmpty: Bool { share.withLock { $0.isEmpty } }
    }

    init(environment: WorkEnvironment, store: UnitStore, remote: (any RemoteWork)?, logger: Logger) {
        self.environment = environment
        self.store = store
        self.remote = remote
        self.logger = logger
        commit = GroupCommit(calls: environment.fileSystem, disk: environment.disk)
    }

    var units: [WorkUnit] { state.withLock { Array($0.units.values) } }

    func unit(_ id: UnitID) -> WorkUnit? { state.withLock { $0.units[id] } }

    /// Takes room for the parameters of a unit, which is given back with the result unless the unit is added with it.
    ///
    /// - Returns: `nil` when there is none.
    func room(forParameters bytes: Int, isLocal: Bool) -> LongParameters? {
        let parameters = LongParameters(of: parameterBudget, isLocal: isLocal)
        return parameters.resize(to: bytes) ? parameters : nil
    }

    /// Makes a unit known that has room for its parameters.
    func add(_ unit: WorkUnit, _ parameters: LongParameters) {
        state.withLock { state in
            state.units[unit.id] = unit
            if !parameters.isEmpty { state.longParameters[unit.id] = parameters }
        }
    }

    /// Makes a unit of an earlier run known, which keeps what it has.
    func addFound(_ unit: WorkUnit, parameters bytes: Int) {
        let parameters = LongParameters(of: parameterBudget, isLocal: true)
        _ = parameters.resize(to: bytes)
        add(unit, parameters)
    }

    /// Gives back what a unit that is over keeps no more of its long parameters.
    func giveBackParameters(of unit: WorkUnit) {
        // The unit's own lock first: the others' is in much demand.
        guard unit.read({ $0.machine.isOver }), let parameters = state.withLock({ $0.longParameters[unit.id] }) else {
            return
        }
        _ = parameters.resize(to: unit.read { $0.machine.newest.extraData }.byteCount)
    }

    func remove(_ unit: WorkUnit) {
        state.withLock { state in
            state.units[unit.id] = nil
            state.longParameters[unit.id] = nil
        }
    }

    /// Lets go of all units, which hold this context: neither would end otherwise.
    func removeAll() { state.withLock { $0.units = [:] } }

    /// Whether the daemon ends: what units do is found and taken up at the next start.
    var isShuttingDown: Bool { state.withLock { $0.isShuttingDown } }

    func beginShutdown() { state.withLock { $0.isShuttingDown = true } }
}
