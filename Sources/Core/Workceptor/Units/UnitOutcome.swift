public import JSON

/// How the work of a unit ended.
public struct UnitOutcome: Sendable, Hashable {
    /// A final state.
    public var state: UnitState
    /// One line about it: `exit status 0`, `Canceled` …
    public var detail: String
    /// What the work type still has to keep about the unit; `null` for most.
    public var extraData: JSONValue
    /// How many bytes of the output count; `nil` for all. What the work left behind may have written more.
    public var stdoutSize: Int64?

    private init(_ state: UnitState, _ detail: String, _ extraData: JSONValue) {
        self.state = state
        self.detail = detail
        self.extraData = extraData
    }

    /// The work is done.
    public static func succeeded(_ detail: String = "exit status 0", extraData: JSONValue = .null) -> UnitOutcome {
        UnitOutcome(.succeeded, detail, extraData)
    }

    /// The work failed, and why.
    public static func failed(_ detail: String, extraData: JSONValue = .null) -> UnitOutcome {
        UnitOutcome(.failed, detail, extraData)
    }

    /// The work was ended by a cancel request.
    public static func canceled(_ detail: String = "Canceled", extraData: JSONValue = .null) -> UnitOutcome {
        UnitOutcome(.canceled, detail, extraData)
    }
}
