import ControlClient

/// How a unit that was followed ended, in terms of this process.
struct FollowResult {
    let status: ListedUnit
    /// The signal on which we cancelled it, if we did.
    let cancelledOn: CInt?

    /// The exit code: the unit's own where its detail gives one.
    var exitCode: CommandFailure.Code? {
        switch status.state {
        case .succeeded: nil
        case .failed: exitStatus.map(CommandFailure.Code.init) ?? .general
        case .canceled: cancelledOn.map { .signal($0) } ?? .general
        case .pending, .running, nil: .general
        }
    }

    /// What to say about it, `nil` when it went well.
    var message: String? {
        switch status.state {
        case .succeeded: nil
        case .failed: "Remote unit failed: \(status.detail)"
        case .canceled: "Unit \(status.unitID) was cancelled"
        case .pending, .running, nil: "Unit \(status.unitID) is \(status.stateName): \(status.detail)"
        }
    }

    /// - Throws: ``CommandFailure`` unless the unit has succeeded.
    func check() throws {
        guard let exitCode else { return }
        throw CommandFailure(message, exitCode: exitCode)
    }

    /// The number of a detail that ends with `exit status N`; a failure that claims 0 has none.
    private var exitStatus: CInt? {
        let words = status.detail.split(separator: " ")
        guard words.count >= 3, words.suffix(3).prefix(2).elementsEqual(["exit", "status"]) else { return nil }
        return CInt(words[words.count - 1]).flatMap { (1...255).contains($0) ? $0 : nil }
    }
}
