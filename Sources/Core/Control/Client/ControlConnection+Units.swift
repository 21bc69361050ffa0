public import JSON

extension ControlConnection {
    /// The units the node knows: for each its ID and its status as the node wrote it.
    ///
    /// - Parameters:
    ///   - unitID: only this unit, which must exist.
    ///   - withTimes: whether to ask for the times of each unit. Nodes that do not know the question ignore it.
    /// - Throws: ``ControlError``.
    public func listUnits(_ unitID: String? = nil, withTimes: Bool = false) throws(ControlError) -> JSONObject {
        let reply = try command(.list(unit: unitID, withTimes: withTimes))
        guard let units = reply.object else { throw unexpected(reply.serialized) }
        return units
    }

    /// The status of a unit as the node wrote it.
    ///
    /// - Throws: ``ControlError``.
    public func status(of unitID: String) throws(ControlError) -> JSONValue {
        try command(.unitStatus(unit: unitID))
    }

    /// Cancels a unit.
    ///
    /// - Returns: what the node did, `cancelled` or `cancel pending`, and the unit it did it to.
    /// - Throws: ``ControlError``.
    @discardableResult
    public func cancel(_ unitID: String) throws(ControlError) -> (outcome: String, unitID: String) {
        try outcome(of: .cancel(unit: unitID, signature: nil))
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
        try outcome(of: .release(unit: unitID, isForced: force, signature: nil))
    }

    private func outcome(of request: ControlCommand) throws(ControlError) -> (outcome: String, unitID: String) {
        let reply = try command(request)
        guard let member = reply.object?.members.first, let unitID = member.value.string else {
            throw unexpected(reply.serialized)
        }
        return (member.name, unitID)
    }
}
