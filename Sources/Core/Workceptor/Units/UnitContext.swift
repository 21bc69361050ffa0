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
        /// What the units keep of the long parameters that clients gave them, in bytes of JSON.
        var longParameters: [UnitID: Int] = [:]
        var longParametersInAll = 0
        var isShuttingDown = false
    }

    /// The most that units may keep of long parameters: each is held in memory, and is in every list.
    private static let longParametersLimit = 48 << 20
    /// The same, for those whom the operator did not let in.
    private static let strangersLimit = 32 << 20
    /// Up to here parameters are not long: such are admitted whatever others have.
    private static let ordinaryParameters = 4 << 10

    init(environment: WorkEnvironment, store: UnitStore, remote: (any RemoteWork)?, logger: Logger) {
        self.environment = environment
        self.store = store
        self.remote = remote
        self.logger = logger
        commit = GroupCommit(calls: environment.fileSystem, disk: environment.disk)
    }

    var units: [WorkUnit] { state.withLock { Array($0.units.values) } }

    func unit(_ id: UnitID) -> WorkUnit? { state.withLock { $0.units[id] } }

    /// Promises a unit that is not there yet room for its parameters.
    ///
    /// - Returns: whether there is any; then it is ``add(_:parameters:)`` or ``withdraw(parameters:)`` that follows.
    func promise(parameters bytes: Int, isLocal: Bool) -> Bool {
        guard bytes > Self.ordinaryParameters else { return true }
        return state.withLock { state in
            let inAll = state.longParametersInAll + bytes
            guard inAll <= (isLocal ? Self.longParametersLimit : Self.strangersLimit) else { return false }
            state.longParametersInAll = inAll
            return true
        }
    }

    /// Takes a promise back.
    func withdraw(parameters bytes: Int) {
        if bytes > Self.ordinaryParameters { state.withLock { $0.longParametersInAll -= bytes } }
    }

    /// Makes a unit known that was promised room for its parameters.
    func add(_ unit: WorkUnit, parameters bytes: Int) {
        state.withLock { state in
            state.units[unit.id] = unit
            if bytes > Self.ordinaryParameters { state.longParameters[unit.id] = bytes }
        }
    }

    /// Makes a unit of an earlier run known, which keeps what it has.
    func addFound(_ unit: WorkUnit, parameters bytes: Int) {
        if bytes > Self.ordinaryParameters { state.withLock { $0.longParametersInAll += bytes } }
        add(unit, parameters: bytes)
    }

    /// Gives back what a unit that is over keeps no more of its long parameters.
    func giveBackParameters(of unit: WorkUnit) {
        // The unit's own lock first: the others' is in much demand.
        guard unit.read({ $0.machine.isOver }),
            state.withLock({ $0.longParameters[unit.id] != nil })
        else { return }
        let bytes = unit.read { $0.machine.newest.extraData }.byteCount
        state.withLock { state in
            guard let before = state.longParameters[unit.id] else { return }
            let isLong = bytes > Self.ordinaryParameters
            state.longParameters[unit.id] = isLong ? bytes : nil
            state.longParametersInAll += (isLong ? bytes : 0) - before
        }
    }

    func remove(_ unit: WorkUnit) {
        state.withLock { state in
            state.units[unit.id] = nil
            state.longParametersInAll -= state.longParameters.removeValue(forKey: unit.id) ?? 0
        }
    }

    /// Lets go of all units, which hold this context: neither would end otherwise.
    func removeAll() { state.withLock { $0.units = [:] } }

    /// Whether the daemon ends: what units do is found and taken up at the next start.
    var isShuttingDown: Bool { state.withLock { $0.isShuttingDown } }

    func beginShutdown() { state.withLock { $0.isShuttingDown = true } }
}
