public import JSON

/// The work type of units whose work another node does: the reserved name ``Workceptor/remoteType`` (work-units §4).
///
/// A node has one at most, or none when it is in no mesh. The core creates its units with the ExtraData that
/// ``extraData(for:)`` gives; from then on only ``WorkUnit/record(_:)`` changes it, and it stays when the unit ends.
public protocol RemoteWork: WorkType {
    /// Checks a request for work on another node.
    ///
    /// - Returns: the ExtraData of its unit.
    /// - Throws: ``WorkError``, what is wrong with it, for the client; nothing is left of the request then.
    func extraData(for request: SubmitRequest) throws(WorkError) -> JSONValue

    /// Whether the release of a unit of an earlier run was asked for, and the other node may not know of it yet.
    func isReleasePending(_ unit: WorkUnit) -> Bool

    /// Ends a unit, if it has not ended, and has the other node release its part of it. While that node cannot be
    /// reached, ``WorkUnit/postpone(_:)`` says so after each attempt, and the next one follows by itself; a growth of
    /// ``WorkUnit/requests`` asks for one at once.
    ///
    /// - Returns: whether nothing of the unit is left on the other node; `false` only when the task was cancelled.
    func release(onOtherNode unit: WorkUnit) async -> Bool

    /// Ends what it keeps between units, such as connections; called when all tasks of units have ended.
    func shutDown() async
}

extension RemoteWork {
    /// Does nothing.
    public func shutDown() async {}
}
