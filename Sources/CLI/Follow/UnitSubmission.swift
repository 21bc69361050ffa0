import ControlClient
import JSON

/// Submits a unit, shows how far its payload is, and takes it back when it is interrupted on the way.
struct UnitSubmission {
    let request: SubmitRequest
    /// Whether a unit that could not be started is released; else its ID is said.
    var isReleasedOnFailure = false
    /// Break the submission off.
    let signals: SignalPipe?
    let connect: (_ interruption: Interruption?) throws -> ControlConnection
    var note: (String) -> Void = Console.note

    /// Submits the unit.
    ///
    /// - Returns: the node's reply.
    /// - Throws: ``CommandFailure``.
    func run(_ source: borrowing PayloadSource) throws -> JSONValue {
        // That the node cannot be reached is not a failed submission: receptorctl has another exit code for it.
        let control = try leavingOnSignal { try connect(signals?.interruption) }
        return try leavingOnSignal {
            do {
                return try submit(source, over: control)
            } catch let error as ControlError where error.code != .interrupted {
                throw CommandFailure(Self.message(for: error), exitCode: .submitFailed)
            }
        }
    }

    private func submit(_ source: borrowing PayloadSource, over control: ControlConnection) throws -> JSONValue {
        let unitID = try control.beginSubmit(request)
        let progress = PayloadProgress(total: source.size)
        do {
            defer { progress.clear() }
            try control.sendPayload(source.payload, progress: progress.update)
            return try control.finishSubmit()
        } catch {
            // Before the connection is closed: a node may take the end of the connection for the end of the payload.
            if [.interrupted, .inputFailed].contains(error.code) {
                takeBack(unitID)
            } else if error.code == .refused, isReleasedOnFailure {
                releaseFailed(unitID)
            } else {
                note("Unit \(unitID) may be left: \"work release \(unitID)\" deletes it.")
            }
            throw error
        }
    }

    private func releaseFailed(_ unitID: String) {
        do {
            try connect(nil).release(unitID)
        } catch {
            // A node that refused the payload may have taken the unit away itself.
            guard !"\(error)".hasPrefix("unknown work unit") else { return }
            note("Unit \(unitID) is left and could not be released: \(error)")
        }
    }

    private func takeBack(_ unitID: String) {
        do {
            // A second signal is not waited for: the connection has a time limit.
            try connect(nil).release(unitID)
            Console.note("Took unit \(unitID) back.")
        } catch {
            Console.warn("Unit \(unitID) may have half a payload and could not be taken back: \(error)")
        }
    }

    private func leavingOnSignal<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ControlError where error.code == .interrupted {
            guard let signal = signals?.take().first else { throw error }
            throw CommandFailure(nil, exitCode: .signal(signal))
        }
    }

    private static func message(for error: ControlError) -> String {
        error.code == .refused ? "Failed to start work unit: \(error.message)" : error.message
    }
}
