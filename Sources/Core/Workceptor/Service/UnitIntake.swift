internal import Glibc
internal import JSON
public import LinuxSystem
internal import Synchronization

/// A unit that exists but waits for its payload.
///
/// Exactly one of ``start()`` and ``abandon(_:)`` ends it: submit is all or nothing.
public final class UnitIntake: Sendable {
    /// What became of a submitted unit.
    public enum Result: Sendable, Hashable {
        /// The work runs, is done already, or was taken over by a node that will run it.
        case started
        /// The unit is accepted and waits for a remote node.
        case submitted
    }

    /// The unit.
    public let unit: WorkUnit
    private let begin: @Sendable () -> Void
    private let payload = Mutex<Descriptor?>(nil)

    init(unit: WorkUnit, begin: @escaping @Sendable () -> Void) {
        self.unit = unit
        self.begin = begin
    }

    /// Appends to the payload.
    ///
    /// - Parameter write: writes a part of the payload to the file; runs where it may block.
    /// - Throws: ``WorkError``, when the disk does not take it or the unit was cancelled; the unit is over then.
    public func append(
        _ write: @escaping @Sendable (Descriptor) throws(SystemError) -> Void
    ) async throws(WorkError) {
        guard !unit.knownStatus.state.isComplete else { throw refusal() }
        do throws(SystemError) {
            let path = unit.payloadPath
            try await unit.environment.disk.run(for: unit.id) { () throws(SystemError) in
                let file: Descriptor
                if let open = self.payload.withLock({ $0 }) {
                    file = open
                } else {
                    file = try Descriptor(opening: path, flags: O_WRONLY, for: "open")
                    self.payload.withLock { $0 = file }
                }
                try write(file)
            }
        } catch {
            let failure = WorkError(.storage, "cannot store the payload", cause: error)
            await unit.end(.failed("\(failure)"))
            throw failure
        }
    }

    /// Begins the work on the complete payload and waits until it runs.
    ///
    /// - Throws: ``WorkError``, when it could not be started; the unit stands as Failed with the reason.
    public func start() async throws(WorkError) -> Result {
        payload.withLock { $0 = nil }
        guard unit.apply(.starting) else { throw refusal() }
        begin()
        let life = await unit.lifecycle { $0.status.state != .pending || $0.isWaiting || $0.hasRun }
        switch life.status.state {
        case .pending: return life.hasRun ? .started : .submitted
        case .failed where !life.hasRun: throw WorkError(.startFailed, life.status.detail)
        default: return .started
        }
    }

    /// Gives the unit up, since its payload did not arrive whole. It stands as Failed with the reason.
    public func abandon(_ reason: String) async {
        payload.withLock { $0 = nil }
        await unit.end(.failed(reason))
    }

    private func refusal() -> WorkError {
        WorkError(.incompletePayload, "unit \(unit.id) is \(unit.knownStatus.state.name) already")
    }
}
