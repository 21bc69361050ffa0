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
        case waiting(detail: String, extraData: JSONValue)
        /// Somebody asked for its end.
        case cancelRequested
        /// The work ended, with this much output.
        case ended(UnitOutcome, stdoutSize: Int64)
    }

    /// What is known of the unit.
    private(set) var status: UnitStatus
    /// Whether its end was asked for.
    private(set) var isCancelRequested = false
    /// Whether the work type has begun.
    private(set) var hasStarted = false
    /// Whether the work ever ran.
    private(set) var hasRun = false

    /// A new unit.
    init(workType: String) {
        status = UnitStatus(state: .pending, detail: "Waiting for Input Data", workType: workType)
    }

    /// A unit found on disk.
    init(recovered status: UnitStatus) {
        self.status = status
        // A unit that waits for its payload on disk may have started since: its work type knows.
        hasStarted = true
        hasRun = status.state != .pending
    }

    /// Applies an event.
    ///
    /// - Returns: whether anything changed; `false` for an event that the state does not admit.
    mutating func apply(_ event: Event) -> Bool {
        guard !status.state.isComplete else { return false }
        switch event {
        case .starting:
            guard status.state == .pending, !hasStarted else { return false }
            hasStarted = true
            status.detail = "Starting Worker"
        case .running(let detail, let extraData):
            hasStarted = true
            hasRun = true
            status.state = .running
            status.detail = detail
            status.extraData = extraData
        case .waiting(let detail, let extraData):
            guard status.state == .pending else { return false }
            status.detail = detail
            status.extraData = extraData
        case .cancelRequested:
            guard !isCancelRequested else { return false }
            isCancelRequested = true
        case .ended(let outcome, let stdoutSize):
            guard outcome.state.isComplete else { return false }
            status.state = outcome.state
            status.detail = outcome.detail
            status.extraData = outcome.extraData
            status.stdoutSize = stdoutSize
        }
        return true
    }
}
