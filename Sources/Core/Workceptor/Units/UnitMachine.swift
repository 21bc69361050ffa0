internal import JSON
internal import TimeFormats

/// The life of one unit of work (work-units §2): takes in what happens to it and decides what follows.
///
/// Pure: no files, no time, no tasks. Each input returns the ``Action``s that it leads to, so that nobody decides in a
/// second step what the first one should have. States only move forward, and an end is an end: it is known only when the
/// disk has it, and whatever comes later changes nothing.
struct UnitMachine: Sendable, Hashable {
    /// How far the unit is.
    enum Phase: Sendable, Hashable {
        /// Its payload arrives.
        case receiving
        /// The payload is complete, and the disk gets it; nothing has begun.
        case accepting
        /// The work type has the unit.
        case working
        /// It ended like this, and nobody has heard of it yet: the disk gets it first.
        case ending(UnitStatus)
        /// It ended, and everybody may know.
        case ended
    }

    /// What there is of the unit's files.
    enum Files: Sendable, Hashable {
        /// They are there, and stay.
        case kept
        /// They are there, and go when the unit has ended and nothing of it is left elsewhere.
        case unwanted
        /// They are being deleted.
        case going
        /// They are gone.
        case gone
    }

    /// What is to be done because of an input, in this order, outside the lock under which the input was taken in.
    enum Action: Sendable, Hashable {
        /// Have the work type do the work.
        case run
        /// Ask the work type for the end of the work.
        case stop
        /// Give up the task in which the work type's function for the unit runs.
        case interrupt
        /// Bring the unit's newest status to the disk; then tell ``UnitMachine/persisted(_:)``.
        case persist(Promptness)
        /// Have the other node release its part of the unit; then tell ``UnitMachine/releasedElsewhere()``.
        case releaseElsewhere
        /// Stop trying to have the other node release its part.
        case abandonElsewhere
        /// Delete the files; then tell ``UnitMachine/deleted()`` or ``UnitMachine/deleteFailed()``.
        case delete
    }

    /// When a status must be on the disk.
    enum Promptness: Sendable, Hashable, Comparable {
        /// Soon, with what else changes until then.
        case soon
        /// Before anybody is told of it: it survives the end of this process.
        case atOnce
        /// Before anything follows from it: it survives a power cut.
        case durably
    }

    /// Whether another node does the work.
    let isRemote: Bool
    private(set) var phase = Phase.receiving
    private(set) var files = Files.kept
    private(set) var isCancelRequested = false
    /// Whether the work type is having the other node release its part.
    private(set) var isReleasingElsewhere = false
    /// Whether nothing is left of the unit on another node.
    private(set) var isReleasedElsewhere = false
    /// Whether the work ever ran, or was accepted by who runs it.
    private(set) var hasRun = false
    /// Whether a restart knows only by the status that the work ran: then the disk has it before anybody is told.
    private(set) var isStartRecordNeeded = false
    /// Whether it waits for something outside instead of running.
    private(set) var isWaiting = false
    /// Whether the payload was complete on this node.
    private(set) var isPayloadComplete = false
    /// How many times its end or release was asked for.
    private(set) var requests: UInt64 = 0
    private var stored: UnitStatus
    /// The ExtraData of a compact unit; `nil` when ``stored`` has it.
    private var archive: CompactObject?

    /// The detail of a unit whose payload is not complete (work-units §2).
    static let payloadDetail = "Waiting for Input Data"
    /// The details of units, Receptor's too, that may lack a part of their payload.
    private static let detailsWithoutPayload: Set = [payloadDetail, "Unit Created"]
    /// The detail of a unit whose work is about to begin (work-units §2).
    static let startingDetail = "Starting Worker"

    // MARK: Admitted, recovered

    /// A unit that was admitted, and whose payload arrives.
    ///
    /// - Parameter extraData: what the status keeps of the work.
    init(admitted workType: String, isRemote: Bool, extraData: JSONValue) {
        self.isRemote = isRemote
        stored = UnitStatus(
            state: .pending,
            detail: Self.payloadDetail,
            workType: workType,
            extraData: extraData
        )
    }

    /// A unit found on the disk; if it has not ended, its work type takes it up.
    init(recovered status: UnitStatus, isRemote: Bool, isCancelRequested: Bool, isReleaseRequested: Bool) {
        self.isRemote = isRemote
        // Work of this node ends before its files go; of another one's, that node is asked.
        self.isCancelRequested = isCancelRequested || isReleaseRequested && !isRemote
        stored = status
        phase = status.state.isComplete ? .ended : .working
        files = isReleaseRequested ? .unwanted : .kept
        hasRun = status.state != .pending
        isPayloadComplete = status.state != .pending || !Self.detailsWithoutPayload.contains(status.detail)
    }

    // MARK: What is known

    /// What everybody may know of the unit.
    private(set) var status: UnitStatus {
        get {
            guard let archive else { return stored }
            var status = stored
            status.extraData = .object(archive.object)
            return status
        }
        set {
            stored = newValue
            archive = nil
        }
    }

    /// What the disk is to have.
    var newest: UnitStatus {
        if case .ending(let status) = phase { return status }
        return status
    }

    /// The state that everybody may know of.
    var state: UnitState { stored.state }

    /// Whether its end is decided, known or not.
    var isOver: Bool {
        switch phase {
        case .receiving, .accepting, .working: false
        case .ending, .ended: true
        }
    }

    /// Whether its end was asked for, or its release.
    var isReleaseRequested: Bool { files != .kept }

    /// Whether the files are gone or go: nothing is written to them any more.
    var isRemoved: Bool { files == .going || files == .gone }

    /// Takes less memory from now on: ended units may be very many, and few are looked at.
    mutating func compact() {
        guard archive == nil, case .object(let extraData) = stored.extraData else { return }
        archive = CompactObject(extraData)
        stored.extraData = .null
    }

    // MARK: The work

    /// The payload is complete.
    ///
    /// - Returns: `nil` when it comes too late: the unit is over.
    mutating func payloadCompleted() -> [Action]? {
        guard phase == .receiving, !isRemoved else { return nil }
        phase = .accepting
        isPayloadComplete = true
        status.detail = Self.startingDetail
        return [.persist(.durably)]
    }

    /// The payload will not be complete, or the disk does not take it: the work never begins.
    mutating func payloadFailed(_ reason: String) -> [Action] {
        guard phase == .receiving || phase == .accepting else { return [] }
        return end(.failed(reason), stdoutSize: 0)
    }

    /// The work runs.
    ///
    /// - Parameter isRecordNeeded: whether a restart knows of that by the status only.
    mutating func started(detail: String, extraData: JSONValue, isRecordNeeded: Bool) -> [Action] {
        guard phase == .working else { return [] }
        let isFirst = !hasRun
        hasRun = true
        isWaiting = false
        status.state = .running
        status.detail = detail
        if !isRemote { status.extraData = extraData }
        isStartRecordNeeded = isRecordNeeded && !isRemote
        // Short work costs one write less.
        return [.persist(isFirst && isStartRecordNeeded ? .atOnce : .soon)]
    }

    /// The unit waits for something outside.
    mutating func waits(detail: String) -> [Action] {
        guard phase == .working, state == .pending, !isWaiting || stored.detail != detail else { return [] }
        isWaiting = true
        status.detail = detail
        return [.persist(.soon)]
    }

    /// Another node took the work over and will do it.
    mutating func accepted() {
        guard phase == .working else { return }
        hasRun = true
        isWaiting = false
    }

    /// What another node tells of work that is not over. A state does not go back.
    mutating func reported(_ state: UnitState, detail: String) -> [Action] {
        guard phase == .working, !state.isComplete, state.rawValue >= stored.state.rawValue,
            state != stored.state || detail != stored.detail
        else { return [] }
        status.state = state
        status.detail = detail
        return [.persist(.soon)]
    }

    /// What the work type has to keep about a remote unit changed; also behind the end.
    ///
    /// - Returns: whether it did.
    mutating func recorded(extraData: JSONValue) -> Bool {
        guard newest.extraData != extraData else { return false }
        if case .ending(var status) = phase {
            status.extraData = extraData
            phase = .ending(status)
        }
        status.extraData = extraData
        return true
    }

    /// The work is over, with so many bytes of output.
    mutating func ended(_ outcome: UnitOutcome, stdoutSize: Int64) -> [Action] {
        guard phase == .working, outcome.state.isComplete else { return [] }
        return end(outcome, stdoutSize: stdoutSize)
    }

    private mutating func end(_ outcome: UnitOutcome, stdoutSize: Int64) -> [Action] {
        var final = status
        final.state = outcome.state
        final.detail = outcome.detail
        if !isRemote { final.extraData = outcome.extraData }
        final.stdoutSize = max(0, stdoutSize)
        phase = .ending(final)
        return [.persist(.durably)]
    }

    // MARK: The disk

    /// The disk has a status, or has refused it for so long that nobody can wait for it any longer.
    mutating func persisted(_ status: UnitStatus) -> [Action] {
        switch phase {
        case .accepting where status == self.status && !isRemoved:
            phase = .working
            return [.run]
        case .ending(let final) where status == final:
            self.status = final
            phase = .ended
            return deletions()
        default: return []
        }
    }

    /// Somebody else deleted the unit's files: there is nothing left to do for it.
    mutating func filesVanished() -> [Action] {
        guard !isRemoved else { return [] }
        files = .gone
        return (isReleasingElsewhere ? [.abandonElsewhere] : []) + (phase == .working ? [.stop, .interrupt] : [])
    }

    // MARK: Cancel and release

    /// Somebody asks for the end.
    mutating func cancelled() -> [Action] {
        guard !isOver else { return [] }
        requests += 1
        isCancelRequested = true
        guard phase == .working else { return end(.canceled(canceledDetail), stdoutSize: 0) }
        // Asked again, a work type to which the first request did not get has another chance.
        return [.stop]
    }

    private var canceledDetail: String { isRemote ? "Locally Cancelled" : "Canceled" }

    /// Somebody asks for the end and for the files to go.
    mutating func released() -> [Action] {
        guard !isRemoved else { return [] }
        files = .unwanted
        guard isRemote else { return cancelled() + deletions() }
        requests += 1
        var actions: [Action] = []
        if phase == .receiving || phase == .accepting {
            // No other node has heard of it.
            isCancelRequested = true
            isReleasedElsewhere = true
            actions = end(.canceled(canceledDetail), stdoutSize: 0)
        }
        if isReleasedElsewhere { return actions + deletions() }
        guard !isReleasingElsewhere else { return actions }
        isReleasingElsewhere = true
        return actions + [.releaseElsewhere]
    }

    /// An earlier run was asked to release the unit, and the other node may not know.
    mutating func recoveredRelease() -> [Action] {
        files = .kept
        return released()
    }

    /// Nothing of the unit is left on another node.
    mutating func releasedElsewhere() -> [Action] {
        isReleasingElsewhere = false
        isReleasedElsewhere = true
        return deletions()
    }

    /// The other node was not told: the attempt was given up.
    mutating func releaseElsewhereStopped() { isReleasingElsewhere = false }

    /// The files go now, whatever goes on with the unit: its time to end is over.
    mutating func releaseForced() -> [Action] {
        guard !isRemoved else { return [] }
        files = .going
        return (isReleasingElsewhere ? [.abandonElsewhere] : []) + [.delete]
    }

    private mutating func deletions() -> [Action] {
        guard phase == .ended, files == .unwanted, !isRemote || isReleasedElsewhere else { return [] }
        files = .going
        return [.delete]
    }

    /// The files are gone.
    mutating func deleted() -> [Action] {
        files = .gone
        return isOver ? [] : [.interrupt]
    }

    /// The files could not be deleted: the unit stays, and may be released again.
    mutating func deleteFailed() -> [Action] {
        guard files == .going else { return [] }
        files = .kept
        // What ended meanwhile could not be written down.
        guard case .ending = phase else { return [] }
        return [.persist(.durably)]
    }
}
