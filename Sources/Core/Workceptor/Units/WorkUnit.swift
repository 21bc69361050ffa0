public import JSON
public import LinuxSystem
public import Logging
internal import Synchronization

/// A unit of work, as work types and the control service see it.
public final class WorkUnit: Sendable {
    /// The identifier.
    public let id: UnitID
    /// The name of the work type.
    public let workType: String
    /// The unit's own directory, which is deleted when the unit is released.
    public var directory: String { "\(home.directory)/\(id)" }
    /// What the node offers.
    public var environment: WorkEnvironment { home.environment }
    /// Logs with the unit's identifier and work type.
    public var logger: Logger {
        var logger = home.logger
        logger[metadataKey: "unit"] = "\(id)"
        logger[metadataKey: "worktype"] = "\(workType)"
        return logger
    }

    // There may be very many units: each has only what differs.
    private let home: UnitHome

    private struct State {
        var lifecycle: UnitLifecycle
        var type: (any WorkType)?
        /// Counts changes, so that nobody who waits for one can miss it.
        var version: UInt64 = 0
        var isReleasedElsewhere = false
        var isRemoved = false
        /// `nil` for a unit with which nothing goes on, such as nearly all that have ended: its status is saved.
        private var activityBox: ActivityBox?

        init(lifecycle: UnitLifecycle, type: (any WorkType)?, activity: UnitActivity) {
            self.lifecycle = lifecycle
            self.type = type
            self.activity = activity
            settle()
        }

        /// What goes on with the unit.
        var activity: UnitActivity {
            get { activityBox?.activity ?? UnitActivity(saved: lifecycle.status) }
            set {
                if let activityBox {
                    activityBox.activity = newValue
                } else {
                    activityBox = ActivityBox(newValue)
                }
            }
        }

        /// Before a change of what is known of the unit: what is saved is what was known until then.
        mutating func prepareForChange() {
            if activityBox == nil { activityBox = ActivityBox(activity) }
        }

        /// Takes less memory from now on, if the unit has ended and nothing goes on with it.
        mutating func settle() {
            guard lifecycle.isComplete, let activity = activityBox?.activity else { return }
            guard activity.isOver, activity.saved == lifecycle.status else { return }
            activityBox = nil
            lifecycle.compact()
        }
    }

    private let state: Mutex<State>
    /// How long a unit runs before that is written down, so that short ones cost one write less.
    private static let saveDelay = Duration.milliseconds(50)

    init(
        id: UnitID,
        home: UnitHome,
        lifecycle: UnitLifecycle,
        saved: UnitStatus?,
        parameters: [String: String] = [:],
        type: (any WorkType)?
    ) {
        self.id = id
        self.home = home
        workType = lifecycle.status.workType
        let activity = UnitActivity(saved: saved, parameters: parameters)
        state = Mutex(State(lifecycle: lifecycle, type: type, activity: activity))
    }

    // MARK: For work types

    /// The file with the payload, complete before the unit starts.
    public var payloadPath: String { "\(directory)/stdin" }
    /// The file for the results.
    public var stdoutPath: String { "\(directory)/stdout" }
    /// The parameters that the client gave; empty for a recovered unit, since they are not kept on disk.
    public var parameters: [String: String] { state.withLock { $0.activity.parameters } }

    /// What is known of the unit now; the size of the output of a running unit is that of the file.
    public var status: UnitStatus {
        var status = state.withLock { $0.lifecycle.status }
        if !status.state.isComplete { status.stdoutSize = Files.size(of: stdoutPath) ?? 0 }
        return status
    }

    /// What the work type keeps about the unit.
    public var extraData: JSONValue { state.withLock { $0.lifecycle.status.extraData } }

    /// Whether somebody asked for the end of the unit.
    public var isCancelRequested: Bool { state.withLock { $0.lifecycle.isCancelRequested } }

    /// Tells that the work runs.
    ///
    /// - Parameters:
    ///   - detail: one line for people.
    ///   - extraData: what ``WorkType/recover(_:)`` needs to find the work again; kept in the status.
    public func running(detail: String, extraData: JSONValue = .null) {
        change { state in
            // From here on nobody needs them, and some are secret.
            state.activity.parameters = [:]
            return state.lifecycle.apply(.running(detail: detail, extraData: extraData))
        }
        // Most units are over before this; and what a crash before it loses, the work type knows.
        saveSoon()
    }

    /// Tells that the unit waits for something outside, such as an unreachable node, before it can start: the client
    /// hears that its job was submitted.
    ///
    /// - Parameter detail: one line for people.
    public func waiting(detail: String) {
        if apply(.waiting(detail: detail)) { saveSoon() }
    }

    /// Tells that another node took the work over: the client hears that its job started, whatever the state there is.
    public func accepted() { apply(.accepted) }

    /// Takes over what another node tells of the work while it is not over. A state does not go back.
    public func report(_ state: UnitState, detail: String) {
        if apply(.reported(state, detail: detail)) { saveSoon() }
    }

    /// Changes the ExtraData of a unit of ``RemoteWork``, in any state of the unit.
    ///
    /// - Parameter change: gives the new ExtraData for the present one; the changes of several tasks come one by one.
    /// - Throws: `SystemError`, when the disk does not take it now; that is tried again in the background.
    /// - Returns: when the status is on disk, with everything else that changed before.
    public func record(_ change: (JSONValue) -> JSONValue) async throws(SystemError) {
        self.change { state in
            let extraData = change(state.lifecycle.status.extraData)
            state.activity.ending?.extraData = extraData
            return state.lifecycle.apply(.recorded(extraData: extraData))
        }
        do { try await save() } catch {
            retrySave()
            throw error
        }
    }

    /// How many times somebody asked for the end or the release of the unit. Growing, it asks who postponed that to
    /// try again at once.
    public var requests: UInt64 { state.withLock { $0.activity.requests } }

    /// What may have to wait for another node.
    public enum Postponable: Sendable, Hashable {
        /// The end of the unit.
        case end
        /// The release of the unit.
        case release
    }

    /// Tells that what was asked for cannot be done now, and that it will be tried again whatever happens to this
    /// process: who waits for it hears that it is pending.
    public func postpone(_ what: Postponable) {
        change { state in
            state.activity.postponements[what, default: 0] += 1
            return true
        }
    }

    /// Whether the unit was released: its files are gone or go.
    public var isReleased: Bool { isRemoved }

    /// Cancels the task in which the work type's function for this unit runs.
    public func interrupt() { state.withLock { $0.activity.task }?.cancel() }

    // MARK: For those who wait

    /// A number that grows with each change of the unit or its output.
    public var version: UInt64 { state.withLock { $0.version } }

    /// Waits until there is a change that the given version does not have, or the task is cancelled.
    public func changed(since version: UInt64) async {
        let id = state.withLock { state in
            defer { state.activity.nextWaiter += 1 }
            return state.activity.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.version > version || Task.isCancelled { return true }
                    state.activity.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.activity.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Waits until the unit satisfies the condition or the task is cancelled; the status then.
    @discardableResult
    public func status(where isSatisfied: (UnitStatus) -> Bool) async -> UnitStatus {
        while true {
            let (version, status) = state.withLock { ($0.version, $0.lifecycle.status) }
            if isSatisfied(status) || Task.isCancelled { return status }
            await changed(since: version)
        }
    }

    /// Calls back after each write to the unit's output as a change of the unit, until the registration is ended.
    ///
    /// - Throws: `SystemError`, when the file cannot be watched.
    public func followOutput() throws(SystemError) -> FileGrowthMonitor.Registration {
        try environment.growth.follow(stdoutPath) { [weak self] in self?.change { _ in true } }
    }

    /// Ends what ``followOutput()`` began.
    public func unfollowOutput(_ registration: FileGrowthMonitor.Registration) {
        environment.growth.unfollow(registration)
    }

    // MARK: For the core

    var type: (any WorkType)? { state.withLock { $0.type } }

    /// What is known of the unit, without a look at its files.
    var knownStatus: UnitStatus { state.withLock { $0.lifecycle.status } }

    /// Whether the work type has begun with it.
    var hasStarted: Bool { state.withLock { $0.lifecycle.hasStarted } }

    /// Whether the work ever ran.
    var hasRun: Bool { state.withLock { $0.lifecycle.hasRun } }

    var isRemoved: Bool { state.withLock { $0.isRemoved } }

    /// How many times that was postponed.
    func postponements(of what: Postponable) -> UInt64 { state.withLock { $0.activity.postponements[what] ?? 0 } }

    /// Takes in a request for the end.
    ///
    /// - Returns: whether it is the first.
    func requestEnd() -> Bool {
        var isFirst = false
        change { state in
            // In one step: who is woken by the request sees that the end is asked for.
            state.activity.requests += 1
            isFirst = state.lifecycle.apply(.cancelRequested)
            return true
        }
        return isFirst
    }

    /// Takes in a request for the release.
    func requestRelease() {
        change { state in
            state.activity.requests += 1
            return true
        }
    }

    /// The task that releases the unit elsewhere, then here: one for all requests, until it calls ``releasingEnded()``.
    func releasing(_ begin: () -> Task<Result<Void, WorkError>, Never>) -> Task<Result<Void, WorkError>, Never> {
        state.withLock { state in
            if let task = state.activity.releasing { return task }
            let task = begin()
            state.activity.releasing = task
            return task
        }
    }

    /// Lets the next request begin another task, if this one was in vain.
    func releasingEnded() { state.withLock { $0.activity.releasing = nil } }

    /// Whether nothing of the unit is left on another node.
    var isReleasedElsewhere: Bool { state.withLock { $0.isReleasedElsewhere } }

    /// Tells that nothing of the unit is left on another node.
    func markReleasedElsewhere() {
        change { state in
            state.isReleasedElsewhere = true
            return true
        }
    }

    /// Waits until the unit's life satisfies the condition or the task is cancelled; the life then.
    func lifecycle(where isSatisfied: (UnitLifecycle) -> Bool) async -> UnitLifecycle {
        while true {
            let (version, life) = state.withLock { ($0.version, $0.lifecycle) }
            if isSatisfied(life) || Task.isCancelled { return life }
            await changed(since: version)
        }
    }

    /// Marks the unit as gone: its status is not written any more, and whoever waits for it is woken.
    func markRemoved(_ isRemoved: Bool = true) {
        change { state in
            state.isRemoved = isRemoved
            return true
        }
    }

    /// Applies an event; whether the unit's state admitted it.
    @discardableResult
    func apply(_ event: UnitLifecycle.Event) -> Bool { change { $0.lifecycle.apply(event) } }

    /// Begins the work in a task of its own.
    func begin(with type: any WorkType, _ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.type = type
            state.activity.task = Task(executorPreference: environment.disk.executor(for: id), operation: body)
        }
    }

    /// Ends the unit: the status is on disk, if the disk takes it, before anybody hears of it.
    func end(_ outcome: UnitOutcome) async {
        let size = Files.size(of: stdoutPath) ?? 0
        let event = UnitLifecycle.Event.ended(outcome, stdoutSize: size)
        let isFirst = state.withLock { state in
            var ended = state.lifecycle
            guard state.activity.ending == nil, ended.apply(event) else { return false }
            state.activity.ending = ended.status
            return true
        }
        guard isFirst else { return }
        await saveOrRetry()
        change { state in
            state.activity.parameters = [:]
            state.activity.task = nil
            state.activity.ending = nil
            return state.lifecycle.apply(event)
        }
        logger.info("unit ended", metadata: ["state": "\(outcome.state.name)", "stdout": "\(size)"])
    }

    @discardableResult
    private func change(_ body: (inout State) -> Bool) -> Bool {
        let (hasChanged, waiters) = state.withLock { state in
            state.prepareForChange()
            defer { state.settle() }
            guard body(&state) else { return (false, [CheckedContinuation<Void, Never>]()) }
            state.version += 1
            defer { state.activity.waiters.removeAll(keepingCapacity: false) }
            return (true, Array(state.activity.waiters.values))
        }
        for waiter in waiters { waiter.resume() }
        return hasChanged
    }

    // MARK: The status file

    /// Writes the status in a moment, with what else changes until then.
    private func saveSoon() {
        Task {
            try? await Task.sleep(for: Self.saveDelay)
            await saveOrRetry()
        }
    }

    /// Writes the status; when the disk does not take it, goes on trying in the background.
    func saveOrRetry() async {
        do throws(SystemError) { try await save() } catch { retrySave() }
    }

    private func save() async throws(SystemError) {
        do throws(SystemError) {
            try await environment.disk.run(for: id) { () throws(SystemError) in
                // What is written is decided when it is this write's turn, so an older status never replaces a newer.
                let next = self.state.withLock { state in
                    let newest = state.activity.ending ?? state.lifecycle.status
                    return state.isRemoved || newest == state.activity.saved ? nil : newest
                }
                guard let next else { return }
                try StatusFile.write(next, to: "\(self.directory)/status")
                self.state.withLock { state in
                    state.activity.saved = next
                    state.settle()
                }
            }
        } catch {
            logger.error("cannot save the status, will try again", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func retrySave() {
        let isFirst = state.withLock { state in
            defer { state.activity.isRetryingSave = true }
            return !state.activity.isRetryingSave
        }
        guard isFirst else { return }
        Task {
            var delay = Duration.milliseconds(200)
            while true {
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(10))
                do throws(SystemError) {
                    try await save()
                    break
                } catch { continue }
            }
            state.withLock { $0.activity.isRetryingSave = false }
            logger.notice("the disk takes the status again")
        }
    }
}
