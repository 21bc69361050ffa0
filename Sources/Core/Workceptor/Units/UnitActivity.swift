/// What goes on with a unit of work at present.
struct UnitActivity {
    /// What the `status` file has; `nil` when nobody can say.
    var saved: UnitStatus?
    /// The final status on its way to the disk, not yet told to anybody.
    var ending: UnitStatus?
    var isRetryingSave = false
    var parameters: [String: String] = [:]
    /// The work type's function for the unit.
    var task: Task<Void, Never>?
    /// How many times somebody asked for the end or the release.
    var requests: UInt64 = 0
    /// How many times that was put off.
    var postponements: [WorkUnit.Postponable: UInt64] = [:]
    var releasing: Task<Result<Void, WorkError>, Never>?
    var nextWaiter: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]

    init(saved: UnitStatus?, parameters: [String: String] = [:]) {
        self.saved = saved
        self.parameters = parameters
    }

    /// Whether nothing of all that is left to remember.
    var isOver: Bool {
        ending == nil && !isRetryingSave && task == nil && releasing == nil && waiters.isEmpty && requests == 0
            && postponements.isEmpty
    }
}

/// Keeps a unit's activity out of the unit itself.
final class ActivityBox {
    var activity: UnitActivity

    init(_ activity: UnitActivity) { self.activity = activity }
}
