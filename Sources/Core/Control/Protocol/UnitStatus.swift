public import JSON

/// What is known of a unit of work: what its `status` file keeps and what the control protocol tells (work-units §1,
/// control-protocol §2).
public struct UnitStatus: Sendable, Hashable {
    /// The state.
    public var state: UnitState
    /// One line about it for people; some lines are fixed, see work-units §2.
    public var detail: String
    /// Bytes of `stdout`.
    public var stdoutSize: Int64
    /// The name of the work type.
    public var workType: String
    /// What the work type keeps about the unit; `null` when nothing.
    public var extraData: JSONValue
    /// Whether it is certain that the work has not begun, and never will if the unit has ended: it may be asked for
    /// again elsewhere. Only replies tell it, as ``neverStartedMember``; what does not say so may have begun.
    public var hasNeverStarted = false

    /// The member of a reply that says ``hasNeverStarted``. Receptor and its clients pass over members that they do not
    /// know.
    public static let neverStartedMember = "NeverStarted"

    /// What tells the output from others, to who asked for it with a ``FingerprintRequest``. Only replies tell it.
    public var outputFingerprint: String?

    private static let fingerprintMember = "StdoutFingerprint"

    /// Creates one from its parts.
    public init(
        state: UnitState,
        detail: String,
        stdoutSize: Int64 = 0,
        workType: String,
        extraData: JSONValue = .null
    ) {
        self.state = state
        self.detail = detail
        self.stdoutSize = stdoutSize
        self.workType = workType
        self.extraData = extraData
    }

    /// Reads a reply; `nil` when it is no status, or has a state that is not known.
    public init?(reply: JSONValue) {
        guard let state = UnitState(number: reply["State"]?.integer) else { return nil }
        self.init(
            state: state,
            detail: reply["Detail"]?.string ?? "",
            stdoutSize: max(0, reply["StdoutSize"]?.integer ?? 0),
            workType: reply["WorkType"]?.string ?? "",
            extraData: reply["ExtraData"] ?? .null
        )
        hasNeverStarted = reply[Self.neverStartedMember] == true
        outputFingerprint = reply[Self.fingerprintMember]?.string
    }

    /// The status as the control protocol shows it (control-protocol §2), members in the order of their names.
    public var reply: JSONObject {
        var members: JSONObject = ["Detail": .string(detail), "ExtraData": extraData]
        if hasNeverStarted { members[Self.neverStartedMember] = true }
        members["State"] = .integer(Int64(state.rawValue))
        members["StateName"] = .string(state.name)
        if let outputFingerprint { members[Self.fingerprintMember] = .string(outputFingerprint) }
        members["StdoutSize"] = .integer(stdoutSize)
        members["WorkType"] = .string(workType)
        return members
    }
}
