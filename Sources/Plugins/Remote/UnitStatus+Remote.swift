internal import ShownText
internal import Workceptor

extension UnitOutcome {
    /// The same end with so much of the output.
    func withOutput(_ size: Int64) -> UnitOutcome {
        var outcome = self
        outcome.stdoutSize = size
        return outcome
    }
}

/// What another node tells of a unit.
extension UnitStatus {
    /// Whether the unit waits for a payload that it will never get, or ended for want of it, and so never started. What
    /// is not known for certain counts as started: no unit runs twice.
    var isUnstarted: Bool {
        if hasNeverStarted { return true }
        // Not every node marks it, and none does after it was started again.
        return switch state {
        case .pending: detail == "Waiting for Input Data" || detail == "Unit Created"
        case .failed: Self.unstarted.contains { detail.hasSuffix($0) }
        case .running, .succeeded, .canceled: false
        }
    }

    /// How the details of units end that never started for want of their payload.
    private static let unstarted = [
        "before its payload was complete", "before the payload was complete", "before the work was started",
    ]

    /// The end of the unit here when it has ended there.
    var outcome: UnitOutcome? {
        switch state {
        case .pending, .running: return nil
        case .succeeded:
            return UnitOutcome.succeeded(shownDetail).withOutput(stdoutSize)
        // Of these Receptor may count less than there is: what it knew a moment before, or nothing.
        case .failed: return .failed(shownDetail)
        case .canceled: return .canceled(shownDetail)
        }
    }

    /// The line about it, of a length that can be kept.
    var shownDetail: String { detail.cut(toBytes: 4096) }
}
