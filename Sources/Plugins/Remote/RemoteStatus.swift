internal import JSON
internal import Workceptor

/// What another node tells of a unit (control-protocol §2).
struct RemoteStatus: Sendable, Hashable {
    /// The state there.
    var state: UnitState
    /// One line about it.
    var detail: String
    /// Bytes of its output.
    var stdoutSize: Int64
    /// Whether the node says that the work has not begun.
    private let isMarkedUnstarted: Bool

    /// Reads an answer; `nil` when it is no status.
    init?(_ answer: JSONValue) {
        guard let status = UnitStatus(reply: answer) else { return nil }
        state = status.state
        detail = String(status.detail.prefix(4096))
        stdoutSize = status.stdoutSize
        isMarkedUnstarted = status.hasNeverStarted
    }

    /// Whether the unit waits for a payload that it will never get, or failed for want of it, and so never started.
    /// What is not known for certain counts as started: no unit runs twice.
    var hasNeverStarted: Bool {
        if isMarkedUnstarted { return true }
        return switch state {
        case .pending: detail == "Waiting for Input Data" || detail == "Unit Created"
        case .failed: Self.unstarted.contains { detail.hasSuffix($0) }
        case .running, .succeeded, .canceled: false
        }
    }

    /// How a node of ours ends the details of units that never started for want of their payload.
    private static let unstarted = [
        "before its payload was complete", "before the payload was complete", "before the work was started",
    ]

    /// The end of the unit here when it has ended there.
    var outcome: UnitOutcome? {
        switch state {
        case .pending, .running: nil
        case .succeeded: .succeeded(detail)
        case .failed: .failed(detail)
        case .canceled: .canceled(detail)
        }
    }
}
