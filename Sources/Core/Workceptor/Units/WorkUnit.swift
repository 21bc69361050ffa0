internal import Glibc
public import JSON
public import LinuxSystem
public import Logging
internal import Synchronization
internal import TaskSupport

/// A unit of work, as work types and the control service see it.
///
/// It is a lock around its ``UnitMachine``, which decides, one signal for all who wait, and one writer of its status.
public final class WorkUnit: Sendable {
    /// The identifier.
    public let id: UnitID
    /// The name of the work type.
    public let workType: String
    /// The unit's own directory, which is deleted when the unit is released.
    public var directory: String { context.store.directory(of: id) }
    /// What the node offers.
    public var environment: WorkEnvironment { context.environment }
    /// Logs with the unit's identifier and work type.
    public var logger: Logger {
        var logger = context.logger
        logger[metadataKey: "unit"] = "\(id)"
        logger[metadataKey: "worktype"] = "\(workType)"
        return logger
    }

    // There may be very many units: each has only what differs.
    let context: UnitContext
    let changes = ChangeSignal()

    struct State {
        var machine: UnitMachine
        var type: (any WorkType)?
        /// `nil` for a unit that another program made.
        var admission: AdmissionRecord?
        /// `nil` for a unit with which nothing goes on, such as nearly all that have ended: the disk has its status.
        private var activityBox: ActivityBox?

        init(machine: UnitMachine, type: (any WorkType)?, admission: AdmissionRecord?, activity: UnitActivity) {
            self.machine = machine
            self.type = type
            self.admission = admission
            activityBox = ActivityBox(activity)
            settle()
        }

        /// What goes on with the unit.
        var activity: UnitActivity {
            get {
                activityBox?.activity
                    ?? UnitActivity(
                        written: .init(status: machine.status, admission: admission, isDurable: true),
                        isPayloadDurable: true
                    )
            }
            set {
                if let activityBox {
                    activityBox.activity = newValue
                } else {
                    activityBox = ActivityBox(newValue)
                }
            }
        }

        /// Before a change of what is known of the unit: what the disk has is what was known until then.
        mutating func prepareForChange() { if activityBox == nil { activityBox = ActivityBox(activity) } }

        /// Takes less memory from now on, if the unit has ended and nothing goes on with it.
        mutating func settle() {
            guard machine.phase == .ended, machine.files == .kept, let activity = activityBox?.activity,
                activity.isOver, let written = activity.written, written.isDurable,
                written.status == machine.status, written.admission == admission
            else { return }
            activityBox = nil
            machine.compact()
        }
    }

    private let state: Mutex<State>

    init(
        id: UnitID,
        context: UnitContext,
        machine: UnitMachine,
        type: (any WorkType)?,
        admission: AdmissionRecord?,
        activity: UnitActivity
    ) {
        self.id = id
        self.context = context
        workType = machine.status.workType
        state = Mutex(State(machine: machine, type: type, admission: admission, activity: activity))
    }

    // MARK: The state

    /// What a closure takes from the state; nothing changes.
    func read<Value: Sendable>(_ body: (borrowing State) -> Value) -> Value { state.withLock { body($0) } }

    /// Changes the state, tells everybody who waits, and returns what the closure decided.
    @discardableResult
    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        defer { changes.notify() }
        return changeSilently(body)
    }

    /// Changes what nobody waits for.
    @discardableResult
    func changeSilently<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            state.prepareForChange()
            defer { state.settle() }
            return body(&state)
        }
    }

    /// What is known of the unit, without a look at its files.
    var knownStatus: UnitStatus { read { $0.machine.status } }

    var type: (any WorkType)? { read { $0.type } }

    // MARK: For work types

    /// The file with the payload, complete before the unit starts.
    public var payloadPath: String { "\(directory)/\(UnitFile.payload.rawValue)" }
    /// The file for the results.
    public var stdoutPath: String { "\(directory)/\(UnitFile.output.rawValue)" }
    /// The name of the plugin that the unit was admitted for; empty when that is not known.
    public var plugin: String { read { $0.admission?.plugin ?? "" } }
    /// The parameters that the client gave; empty for a recovered unit, since they are not kept on disk.
    public var parameters: [String: String] { read { $0.activity.parameters } }

    /// Opens the payload for reading. Blocks: call it in the unit's turn of ``WorkEnvironment/disk``.
    public func openPayload() throws(SystemError) -> Descriptor {
        try context.store.open(.payload, of: id, flags: O_RDONLY)
    }

    /// Opens the output for reading. Blocks.
    public func openOutput() throws(SystemError) -> Descriptor {
        // A unit that Receptor left may have none: it wrote nothing.
        try context.store.open(.output, of: id, flags: O_RDONLY | O_CREAT)
    }

    /// Opens the output to write behind what is there, and to read it. Blocks.
    ///
    /// - Parameter isEmptied: whether what is there goes.
    public func openOutputForAppending(isEmptied: Bool = false) throws(SystemError) -> Descriptor {
        try context.store.open(.output, of: id, flags: O_RDWR | O_APPEND | O_CREAT | (isEmptied ? O_TRUNC : 0))
    }

    /// Writes to what ``openOutputForAppending(isEmptied:)`` opened. Blocks.
    public func writeOutput(_ bytes: UnsafeRawBufferPointer, to file: Descriptor) throws(SystemError) {
        try context.store.calls.write(bytes, to: file)
    }

    /// Returns when the disk has what was written to the output so far, also after a power cut, if the node's durability
    /// asks for that. At the unit's end that is done in any case.
    func synchronizeOutput() async throws(SystemError) {
        guard environment.durability == .full else { return }
        let file = try await environment.disk.run(for: id) { [self] () throws(SystemError) in try openOutput() }
        try await context.commit.synchronize([file])
    }

    /// Whether the output has all that was written to it: not so when the machine was started again since, which may
    /// have been after a power cut.
    public var isOutputCertain: Bool {
        let bootID = read { $0.admission?.bootID ?? "" }
        return !bootID.isEmpty && bootID == environment.bootID
    }

    /// What is known of the unit now; the size of the output of a running unit is that of the file.
    public var status: UnitStatus {
        var status = knownStatus
        if !status.state.isComplete { status.stdoutSize = context.store.outputSize(of: id) }
        return status
    }

    /// What the work type keeps about the unit.
    public var extraData: JSONValue { knownStatus.extraData }

    /// Whether the payload was complete on this node: otherwise the work never began.
    public var isPayloadComplete: Bool { read { $0.machine.isPayloadComplete } }

    /// Whether somebody asked for the end of the unit.
    public var isCancelRequested: Bool { read { $0.machine.isCancelRequested } }

    /// Tells that the work runs.
    ///
    /// - Parameters:
    ///   - detail: one line for people.
    ///   - extraData: what ``WorkType/recover(_:)`` needs to find the work again; kept in the status.
    ///   - keepsOwnRecord: whether the work type has a record of its own from which ``WorkType/recover(_:)`` knows that
    ///     the work ran: then the status may be written later, and short work costs one write less. Otherwise a restart
    ///     knows of it, and of the extra data, before the client hears.
    public func running(detail: String, extraData: JSONValue = .null, keepsOwnRecord: Bool = false) async {
        let actions = change { state in
            // From here on nobody needs them, and some are secret.
            state.activity.parameters = [:]
            return state.machine.started(
                detail: detail,
                extraData: extraData,
                isRecordNeeded: !keepsOwnRecord
            )
        }
        await perform(actions)
    }

    /// Tells that the unit waits for something outside, such as an unreachable node, before it can start: the client
    /// hears that its job was submitted.
    ///
    /// - Parameter detail: one line for people.
    public func waiting(detail: String) async { await perform(change { $0.machine.waits(detail: detail) }) }

    /// Tells that another node took the work over: the client hears that its job started, whatever the state there is.
    public func accepted() { change { $0.machine.accepted() } }

    /// Takes over what another node tells of the work while it is not over. A state does not go back.
    public func report(_ state: UnitState, detail: String) async {
        await perform(change { $0.machine.reported(state, detail: detail) })
    }

    /// Changes the ExtraData of a unit of ``RemoteWork``, in any state of the unit.
    ///
    /// - Parameters:
    ///   - isDurable: whether to wait until the disk has the status, also after a power cut, with everything that changed
    ///     before; else it gets there soon.
    ///   - change: gives the new ExtraData for the present one; the changes of several tasks come one by one.
    /// - Throws: `SystemError`, when the disk does not take it now; that is tried again in the background.
    public func record(isDurable: Bool = true, _ change: (JSONValue) -> JSONValue) async throws(SystemError) {
        self.change { state in
            _ = state.machine.recorded(extraData: change(state.machine.newest.extraData))
        }
        guard isDurable else { return persistSoon() }
        do throws(SystemError) { try await persist(.durably) } catch {
            retryPersisting()
            throw error
        }
    }

    /// How many times somebody asked for the end or the release of the unit. Growing, it asks who postponed that to
    /// try again at once.
    public var requests: UInt64 { read { $0.machine.requests } }

    /// What may have to wait for another node.
    public enum Postponable: Sendable, Hashable {
        /// The end of the unit.
        case end
        /// The release of the unit.
        case release
    }

    /// Tells that what was asked for cannot be done now, and that it will be tried again whatever happens to this
    /// process: who waits for it hears that it is pending.
    public func postpone(_ what: Postponable) { change { $0.activity.postponements[what, default: 0] += 1 } }

    /// Whether the unit was released: its files are gone or go.
    public var isReleased: Bool { read { $0.machine.isRemoved } }

    /// Cancels the task in which the work type's function for this unit runs.
    public func interrupt() {
        change { state in
            state.activity.isInterrupted = true
            return state.activity.work
        }?.cancel()
    }

    // MARK: For those who wait

    /// A number that grows with each change of the unit or its output.
    public var version: UInt64 { changes.version }

    /// Waits until there is a change that the given version does not have, or the task is cancelled.
    public func changed(since version: UInt64) async { await changes.changed(since: version) }

    /// Waits until a condition holds, which changes tell of, or the task is cancelled.
    public func changed(until isSatisfied: () -> Bool) async { await changes.changed(until: isSatisfied) }

    /// Waits until the unit satisfies the condition or the task is cancelled; the status then.
    @discardableResult
    public func status(where isSatisfied: (UnitStatus) -> Bool) async -> UnitStatus {
        await state { isSatisfied($0.machine.status) ? $0.machine.status : nil } ?? knownStatus
    }

    /// Waits until a closure finds something in the state; `nil` when the task is cancelled before.
    func state<Value: Sendable>(_ find: (borrowing State) -> Value?) async -> Value? {
        while true {
            let version = changes.version
            if let value = read(find) { return value }
            if Task.isCancelled { return nil }
            await changes.changed(since: version)
        }
    }

    /// Calls back after each write to the unit's output as a change of the unit, until the registration is ended.
    public func followOutput() -> FileGrowthMonitor.Registration {
        environment.growth.follow(stdoutPath) { [weak self] in self?.changes.notify() }
    }

    /// Ends what ``followOutput()`` began.
    public func unfollowOutput(_ registration: FileGrowthMonitor.Registration) {
        environment.growth.unfollow(registration)
    }

    /// How many times that was postponed.
    func postponements(of what: Postponable) -> UInt64 { read { $0.activity.postponements[what] ?? 0 } }
}
