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
    private let payload = Mutex<Descriptor?>(nil)

    init(unit: WorkUnit) { self.unit = unit }

    /// Whether the unit is over, so that no more of its payload is wanted: waits until it is, or the task is cancelled.
    public func isRefused() async -> WorkError {
        _ = await unit.state { $0.machine.isOver || $0.machine.isRemoved ? true : nil }
        return refusal()
    }

    /// Appends to the payload.
    ///
    /// - Parameter write: gives the parts of the payload one by one to the function that writes them; runs where that
    ///   may block.
    /// - Throws: ``WorkError``, when the disk does not take it or the unit was cancelled; the unit is over then.
    public func append(
        _ write: @escaping @Sendable ((UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) -> Void
    ) async throws(WorkError) {
        guard !unit.read({ $0.machine.isOver || $0.machine.isRemoved }) else { throw refusal() }
        let (id, store) = (unit.id, unit.context.store)
        do throws(SystemError) {
            try await unit.environment.disk.run(for: id) { () throws(SystemError) in
                let file: Descriptor
                if let open = self.payload.withLock({ $0 }) {
                    file = open
                } else {
                    file = try store.open(.payload, of: id, flags: O_WRONLY)
                    self.payload.withLock { $0 = file }
                }
                try write { (bytes) throws(SystemError) in try store.calls.write(bytes, to: file) }
            }
        } catch {
            let failure = WorkError(.storage, "cannot store the payload", cause: error)
            await abandon("\(failure)")
            throw failure
        }
    }

    /// Appends to the payload.
    ///
    /// - Throws: as ``append(_:)``.
    public func append(_ bytes: [UInt8]) async throws(WorkError) {
        try await append { write throws(SystemError) in
            let result: Swift.Result<Void, SystemError> = bytes.withUnsafeBytes { bytes in
                Swift.Result { () throws(SystemError) in try write(bytes) }
            }
            try result.get()
        }
    }

    /// Begins the work on the complete payload and waits until it runs.
    ///
    /// - Throws: ``WorkError``, when it could not be started; the unit stands as Failed with the reason.
    public func start() async throws(WorkError) -> Result {
        payload.withLock { $0 = nil }
        guard unit.change({ $0.machine.payloadCompleted() }) != nil else { throw refusal() }
        // The actions are these; who asked for the work hears it when the disk does not take it.
        do throws(SystemError) { try await unit.persist(.durably) } catch {
            let failure = WorkError(.storage, "cannot store the unit", cause: error)
            await end("\(failure)")
            throw failure
        }
        let state = await unit.state { state -> UnitMachine? in
            let machine = state.machine
            let isWrittenDown = state.activity.written?.status.state != .pending || state.activity.isRetryingWrite
            let isOnRecord = machine.state == .pending || !machine.isStartRecordNeeded || isWrittenDown
            let isSettled =
                machine.phase == .ended || machine.isRemoved || machine.isWaiting || (machine.hasRun && isOnRecord)
            return isSettled ? machine : nil
        }
        guard let state else { throw WorkError(.unavailable, "the node stops; unit \(unit.id) goes on") }
        switch state.state {
        case .pending: return state.hasRun ? .started : .submitted
        case .failed where !state.hasRun: throw WorkError(.startFailed, state.status.detail)
        case .canceled where !state.hasRun: throw refusal()
        default: return .started
        }
    }

    /// Gives the unit up, since its payload did not arrive whole. It stands as Failed with the reason.
    public func abandon(_ reason: String) async {
        payload.withLock { $0 = nil }
        // Nobody needs a part of a payload, and a full disk needs its space. What is complete stays: the disk may have
        // been told already that the unit is to run.
        if unit.read({ $0.machine.phase == .receiving }) {
            let (id, store) = (unit.id, unit.context.store)
            await unit.environment.disk.run(for: id) {
                _ = try? store.open(.payload, of: id, flags: O_WRONLY | O_TRUNC)
            }
        }
        await end(reason)
    }

    private func end(_ reason: String) async { await unit.perform(unit.change { $0.machine.payloadFailed(reason) }) }

    private func refusal() -> WorkError {
        let status = unit.read { $0.machine.newest }
        // Why it failed is what the client has to know, whoever of two finds it first.
        guard status.state != .failed else { return WorkError(.incompletePayload, status.detail) }
        return WorkError(.incompletePayload, "unit \(unit.id) is \(status.state.name) already")
    }
}
