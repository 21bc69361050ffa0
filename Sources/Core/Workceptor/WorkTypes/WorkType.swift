public import JSON

/// A configured kind of work: what a `work-commands` entry stands for.
///
/// One instance serves all units of the type. The core calls ``run(_:)`` once for each accepted unit, after policy has
/// admitted it and its payload is complete on disk; the function returns when the work is done. Between, the work type
/// tells the unit what happens to it through ``WorkUnit``.
public protocol WorkType: Sendable {
    /// Checks the parameters that a client gives, after policy has admitted them.
    ///
    /// The default admits everything.
    /// - Throws: what is wrong with them, for the client; nothing is left of the request then.
    func validate(_ parameters: [String: String]) throws

    /// What the unit's status keeps as ``UnitStatus/extraData`` until the work type tells something else.
    ///
    /// What ``recover(_:)`` needs of the parameters belongs here: it is on the disk before the work begins. The default
    /// is nothing.
    func extraData(for parameters: [String: String]) -> JSONValue

    /// Does the work of a unit, from the start to the end.
    ///
    /// Call ``WorkUnit/running(detail:extraData:keepsOwnRecord:)`` the moment the work runs: only then does the client
    /// hear that its job started. An error thrown before that is answered to the client; in both cases the unit is
    /// Failed with the error's description. `CancellationError` after a cancel request makes it Canceled.
    ///
    /// - Returns: how the work ended.
    func run(_ unit: WorkUnit) async throws -> UnitOutcome

    /// Takes up a unit that an earlier run of the daemon left without an end, from what its directory and
    /// ``WorkUnit/status`` tell. It must never do the work's effects a second time.
    ///
    /// The default says that such a unit cannot go on, which makes it Failed.
    /// - Returns: how the work ended.
    func recover(_ unit: WorkUnit) async throws -> UnitOutcome

    /// Asks for the end of a running unit. Returns soon; the end is told by ``run(_:)`` returning.
    ///
    /// The default cancels the task in which ``run(_:)`` or ``recover(_:)`` runs. It may be called again for a unit that
    /// has not ended, and before ``run(_:)`` has got far: then ``WorkUnit/isCancelRequested`` tells.
    /// - Throws: why the work cannot be asked to end, for the client; the request stands, and may be made again.
    func cancel(_ unit: WorkUnit) async throws

    /// How long a cancelled unit may take to end; a cancel request is answered within this time.
    var gracePeriod: Duration { get }

    /// Gives up what the type holds for a unit outside the unit's directory, before the directory is deleted.
    ///
    /// Called for units that are complete, and for one that did not end in its grace time and is deleted by force: nothing
    /// of that may be left running. The default does nothing.
    func release(_ unit: WorkUnit) async throws
}

extension WorkType {
    /// Admits everything.
    public func validate(_ parameters: [String: String]) throws {}

    /// Nothing.
    public func extraData(for parameters: [String: String]) -> JSONValue { .null }

    /// Fails the unit: it cannot go on.
    public func recover(_ unit: WorkUnit) async throws -> UnitOutcome {
        .failed("The node stopped before the work was done")
    }

    /// Cancels the task of the unit.
    public func cancel(_ unit: WorkUnit) async throws { unit.interrupt() }

    /// Five seconds.
    public var gracePeriod: Duration { .seconds(5) }

    /// Has nothing to give up.
    public func release(_ unit: WorkUnit) async throws {}
}
