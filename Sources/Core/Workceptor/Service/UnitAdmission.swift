internal import JSON

/// What a submit request that was admitted makes.
struct UnitAdmission: Sendable {
    /// The name of the work type in the unit's status.
    var workType: String
    /// The name of its plugin.
    var plugin: String
    /// The work type.
    var type: any WorkType
    /// The parameters that the work type gets.
    var parameters: [String: String]
    /// What the unit's status keeps: to its end if it is remote, else until its work type tells something else.
    var extraData: JSONValue
    /// Whether requests about the unit from other hosts and nodes must carry a valid signature.
    var verifiesSignature: Bool
}
