public import JSON

/// What a node says about a unit of work: control protocol, section 2.
public struct ListedUnit: Sendable, Hashable {
    /// The unit.
    public let unitID: String
    /// Its state; `nil` when the node gives one that is not known here.
    public let state: UnitState?
    /// The name of its state.
    public let stateName: String
    /// What the node says about it in words, such as `exit status 0`.
    public let detail: String
    /// How many bytes of output it has.
    public let stdoutSize: Int64
    /// Its work type; `remote` when another node does the work.
    public let workType: String
    /// For remote work: the node that does it.
    public let remoteNode: String?
    /// For remote work: its type there.
    public let remoteWorkType: String?
    /// For remote work: the unit there; `nil` until that node has told it.
    public let remoteUnitID: String?
    /// For remote work: whether its end was asked for.
    public let isCancelRequested: Bool
    /// For remote work: whether its release was asked for.
    public let isReleaseRequested: Bool
    /// When it was created, RFC 3339; `nil` when the node does not say.
    public let created: String?
    /// When it was complete, RFC 3339; `nil` while it is not, and when the node does not say.
    public let ended: String?

    /// Whether it is in a final state.
    public var isComplete: Bool { state?.isComplete ?? false }

    /// Reads a status.
    ///
    /// - Throws: ``ControlError`` of code `protocolViolation`.
    public init(unitID: String, _ json: JSONValue) throws(ControlError) {
        guard let members = json.object, let number = members["State"]?.integer else {
            throw ControlError(.protocolViolation, "the node's reply is not the status of a unit: \(json.serialized)")
        }
        self.unitID = unitID
        state = UnitState(number: number)
        stateName = members["StateName"]?.string ?? state?.name ?? String(number)
        detail = members["Detail"]?.string ?? ""
        stdoutSize = members["StdoutSize"]?.integer ?? 0
        workType = members["WorkType"]?.string ?? ""
        remoteNode = members["ExtraData"]?["RemoteNode"]?.string
        remoteWorkType = members["ExtraData"]?["RemoteWorkType"]?.string
        remoteUnitID = members["ExtraData"]?["RemoteUnitID"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        isCancelRequested = members["ExtraData"]?["LocalCancelled"]?.bool ?? false
        isReleaseRequested = members["ExtraData"]?["LocalReleased"]?.bool ?? false
        created = members["Created"]?.string
        ended = members["Ended"]?.string
    }
}
