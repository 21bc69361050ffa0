internal import JSON

/// The life of one unit: which states may follow which (work-units §2). Pure: no files, no time, no tasks.
///
/// States only move forward; a final state absorbs everything that comes later.
struct UnitLifecycle: Sendable, Hashable {
    /// Something that happened to the unit.
    enum Event: Sendable, Hashable {
        /// The payload is complete and the work type begins.
        case starting
        /// The work runs.
        case running(detail: String, extraData: JSONValue)
        /// The unit waits for something outside, such as an unreachable node, without running.
        case waiting(detail: String)
        /// Somebody else took the work over and will run it, if it does not yet.
        case accepted
        /// What that somebody tells of the work, which is not over.
        case reported(UnitState, detail: String)
        /// What the work type has to keep about the unit changed.
        case recorded(extraData: JSONValue)
        /// Somebody asked for its end.
        case cancelRequested
        /// The work ended, with this much output.
        case ended(UnitOutcome, stdoutSize: Int64)
    }

    /// What is known of the unit.
    private(set) var status: UnitStatus {
        get {
            guard let archive else { return stored }
            var status = stored
            status.extraData = .object(archive.object)
            return status
        }
        set {
            stored = newValue
            archive = nil
        }
    }
    private var stored: UnitStatus
    /// The ExtraData of a compact unit; `nil` when ``stored`` has it.
    private var archive: CompactObject?
    /// Whether its end was asked for.
    private(set) var isCancelRequested = false
    /// Whether the work type has begun.
    private(set) var hasStarted = false
    /// Whether the work ever ran, or was accepted by who runs it.
    private(set) var hasRun = false
    /// Whether it waits for something outside instead of running.
    private(set) var isWaiting = false
    /// Whether ExtraData changes by ``Event/recorded(extraData:)`` only, and so outlives the work.
    private let keepsExtraData: Bool

    /// The detail of a unit whose payload is not complete.
    static let payloadDetail = "Waiting for Input Data"

    /// A new unit.
    ///
    /// - Parameter extraData: what is kept about it from now on; `nil` leaves that to later events.
    init(workType: String, extraData: JSONValue? = nil) {
        stored = UnitStatus(
            state: .pending,
            detail: Self.payloadDetail,
            workType: workType,
            extraData: extraData ?? .null
        )
        keepsExtraData = extraData != nil
    }

    /// A unit found on disk.
    init(recovered status: UnitStatus, keepsExtraData: Bool = false) {
        stored = status
        self.keepsExtraData = keepsExtraData
        // A unit that waits for its payload on disk may have started since: its work type knows.
        hasStarted = true
        hasRun = status.state != .pending
    }

    /// Whether the unit has ended.
    var isComplete: Bool { stored.state.isComplete }

    /// Takes less memory from now on: ended units may be very many, and few are looked at.
    mutating func compact() {
        guard archive == nil, case .object(let extraData) = stored.extraData else { return }
        archive = CompactObject(extraData)
        stored.extraData = .null
    }

    /// Applies an event.
    ///
    /// - Returns: whether anything changed; `false` for an event that the state does not admit.
    mutating func apply(_ event: Event) -> Bool {
        if case .recorded(let extraData) = event { return record(extraData) }
        guard !status.state.isComplete else { return false }
        switch event {
        case .starting:
            guard status.state == .pending, !hasStarted else { return false }
            hasStarted = true
            status.detail = "Starting Worker"
        case .running(let detail, let extraData):
            hasStarted = true
            hasRun = true
            isWaiting = false
            status.state = .running
            status.detail = detail
            if !keepsExtraData { status.extraData = extraData }
        case .waiting(let detail):
            guard status.state == .pending, !isWaiting || status.detail != detail else { return false }
            isWaiting = true
            status.detail = detail
        case .accepted:
            guard !hasRun || isWaiting else { return false }
            hasRun = true
            isWaiting = false
        case .reported(let state, let detail):
            guard !state.isComplete, state.rawValue >= status.state.rawValue,
                state != status.state || detail != status.detail
            else { return false }
            status.state = state
            status.detail = detail
        case .cancelRequested:
            guard !isCancelRequested else { return false }
            isCancelRequested = true
        case .ended(let outcome, let stdoutSize):
            guard outcome.state.isComplete else { return false }
            status.state = outcome.state
            status.detail = outcome.detail
            if !keepsExtraData { status.extraData = outcome.extraData }
            status.stdoutSize = stdoutSize
        case .recorded:
            return false
        }
        return true
    }

    /// What is to be kept may change behind the end: that somebody wants the unit gone.
    private mutating func record(_ extraData: JSONValue) -> Bool {
        guard status.extraData != extraData else { return false }
        status.extraData = extraData
        return true
    }
}
