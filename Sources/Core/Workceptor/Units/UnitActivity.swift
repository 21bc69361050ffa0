internal import TaskSupport

/// What goes on with a unit of work at present.
struct UnitActivity {
    /// What the disk has of a unit.
    struct Written: Equatable {
        var status: UnitStatus
        var admission: AdmissionRecord?
        /// Whether it survives a power cut.
        var isDurable: Bool
    }

    /// What the disk has; `nil` when nobody can say.
    var written: Written?
    /// Whether the payload and the unit's own name survive a power cut.
    var isPayloadDurable: Bool
    var isWriting = false
    var isRetryingWrite = false
    /// Whether a write in a moment is arranged for.
    var isWriteScheduled = false
    var parameters: [String: String] = [:]
    /// The task of the work type's function for the unit.
    var work: TaskOwner.Handle?
    /// Whether that task is to be cancelled as soon as there is one.
    var isInterrupted = false
    /// The task that releases the unit on another node.
    var releasing: TaskOwner.Handle?
    /// How many times a request was put off.
    var postponements: [WorkUnit.Postponable: UInt64] = [:]
    /// Why the files could not be deleted when that was last tried.
    var deletionError: WorkError?

    init(written: Written?, isPayloadDurable: Bool, parameters: [String: String] = [:]) {
        self.written = written
        self.isPayloadDurable = isPayloadDurable
        self.parameters = parameters
    }

    /// Whether nothing of all that is left to remember.
    var isOver: Bool {
        !isWriting && !isRetryingWrite && !isWriteScheduled && work == nil && releasing == nil
            && postponements.isEmpty && deletionError == nil
    }
}

/// Keeps a unit's activity out of the unit itself.
final class ActivityBox {
    var activity: UnitActivity

    init(_ activity: UnitActivity) { self.activity = activity }
}
