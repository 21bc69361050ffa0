public import JSON

extension ControlConnection {
    /// The units the node knows: for each its ID and its status as the node wrote it.
    ///
    /// - Parameters:
    ///   - unitID: only this unit, which must exist.
    ///   - withTimes: whether to ask for the times of each unit. Nodes that do not know the question ignore it.
    /// - Throws: ``ControlError``.
    public func listUnits(_ unitID: String? = nil, withTimes: Bool = false) throws(ControlError) -> JSONObject {
        var fields: JSONObject = ["command": "work", "subcommand": "list"]
        if let unitID { fields["unitid"] = .string(unitID) }
        if withTimes { fields["times"] = "true" }
        let reply = try command(fields)
        guard let units = reply.object else { throw unexpected(reply.serialized) }
        return units
    }

    /// The status of a unit as the node wrote it.
    ///
    /// - Throws: ``ControlError``.
    public func status(of unitID: String) throws(ControlError) -> JSONValue {
        try command(unitCommand("status", unitID))
    }

    /// Cancels a unit.
    ///
    /// - Returns: what the node did, `cancelled` or `cancel pending`, and the unit it did it to.
    /// - Throws: ``ControlError``.
    @discardableResult
    public func cancel(_ unitID: String) throws(ControlError) -> (outcome: String, unitID: String) {
        try outcome(of: unitCommand("cancel", unitID))
    }

    /// Deletes a unit, which cancels it first if need be.
    ///
    /// - Parameters:
    ///   - unitID: the unit.
    ///   - force: whether to delete what this node has even when the node that does the work cannot be reached.
    /// - Returns: what the node did, `released` or `release pending`, and the unit it did it to.
    /// - Throws: ``ControlError``.
    @discardableResult
    public func release(
        _ unitID: String,
        force: Bool = false
    ) throws(ControlError) -> (outcome: String, unitID: String) {
        try outcome(of: unitCommand(force ? "force-release" : "release", unitID))
    }

    private func unitCommand(_ subcommand: String, _ unitID: String) -> JSONObject {
        ["command": "work", "subcommand": .string(subcommand), "unitid": .string(unitID)]
    }

    private func outcome(of fields: JSONObject) throws(ControlError) -> (outcome: String, unitID: String) {
        let reply = try command(fields)
        guard let member = reply.object?.members.first, let unitID = member.value.string else {
            throw unexpected(reply.serialized)
        }
        return (member.name, unitID)
    }
}
