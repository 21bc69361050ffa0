internal import JSON
internal import LinuxSystem
internal import Logging
internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// The part of this node in the work of one remote unit (work-units §4): from the request to the other node, over
/// following it, to its end.
///
/// What has to outlive this process is in the unit's ``RemoteRecord`` before the step that depends on it.
final class RemoteJob: Sendable {
    let unit: WorkUnit
    let mesh: any WorkMesh
    let signer: (any RequestSigner)?
    let streams: ControlStreamPool
    let timings: RemoteTimings
    /// Whether the node was not reached when last tried, and the last other problem: what the log knows already.
    private let troubles = Mutex<(isAway: Bool, other: String?)>((false, nil))
    /// The unit there that is known not to have started, and goes before another one is made.
    let condemned = Mutex<UnitID?>(nil)
    /// Whether the output here may lack what was written to it, and so has to be fetched anew.
    let isOutputDoubtful = Mutex(false)

    init(
        _ unit: WorkUnit,
        mesh: any WorkMesh,
        signer: (any RequestSigner)?,
        streams: ControlStreamPool,
        timings: RemoteTimings
    ) {
        self.unit = unit
        self.mesh = mesh
        self.signer = signer
        self.streams = streams
        self.timings = timings
    }

    /// Does everything until the unit ends.
    ///
    /// - Parameter isRecovered: whether an earlier run of this node left the unit.
    func run(isRecovered: Bool) async -> UnitOutcome {
        do {
            let record = try record()
            if record.isReleased { return .canceled(Self.canceledDetail) }
            isOutputDoubtful.withLock { $0 = isRecovered && !unit.isOutputCertain }
            if !record.isStarted {
                if isRecovered, record.unitID == nil, !unit.isPayloadComplete {
                    return .failed("The node stopped before the payload was complete")
                }
                if let outcome = try await start() { return outcome }
            }
            return try await follow()
        } catch is CancellationError {
            // The unit is released.
            return .canceled(Self.canceledDetail)
        } catch {
            return .failed("\(error)")
        }
    }

    static let canceledDetail = "Locally Cancelled"

    // MARK: The record

    /// What the unit's status keeps.
    ///
    /// - Throws: ``RemoteWorkError``, when it is damaged.
    func record() throws -> RemoteRecord {
        guard let record = RemoteRecord(unit.extraData) else {
            throw RemoteWorkError("The unit's record of its remote node is damaged")
        }
        return record
    }

    /// Changes the record, and brings it to the disk where something depends on it.
    func update(isDurable: Bool = true, _ change: (inout RemoteRecord) -> Void) async throws(SystemError) {
        try await unit.record(isDurable: isDurable) { extraData in
            guard var record = RemoteRecord(extraData) else { return extraData }
            change(&record)
            return record.extraData
        }
    }

    /// Changes the record and brings it to the disk; where that does not take it, it is tried again in the background.
    func note(_ change: (inout RemoteRecord) -> Void) async {
        do throws(SystemError) { try await update(change) } catch {}
    }

    /// Whether the end of the unit was asked for, in this run or in an earlier one.
    var isCancelling: Bool { unit.isCancelRequested || RemoteRecord(unit.extraData)?.isCancelled ?? false }

    // MARK: Requests

    /// The token for requests about the unit; `nil` when they are not signed.
    ///
    /// - Throws: ``RemoteWorkError``.
    func signature(of record: RemoteRecord) throws -> String? {
        guard record.signsWork else { return nil }
        guard let signer else { throw RemoteWorkError(RemoteWorkError.noSigner) }
        do { return try signer.token(for: record.node) } catch {
            throw RemoteWorkError("cannot sign the request: \(error)")
        }
    }

    /// Has the other node end the unit there, or begin to.
    func askCancel(_ id: UnitID, of record: RemoteRecord) async throws {
        let request = ControlCommand.cancel(unit: "\(id)", signature: try signature(of: record))
        try await ask(request, of: record, isSlow: true) { answer in
            answer["cancelled"]?.string == "\(id)" || answer["cancel pending"]?.string == "\(id)" ? () : nil
        }
    }

    /// Has the other node release the unit there.
    ///
    /// - Returns: whether it is gone; else that goes on.
    func askRelease(_ id: UnitID, of record: RemoteRecord) async throws -> Bool {
        let request = ControlCommand.release(unit: "\(id)", isForced: false, signature: try signature(of: record))
        do {
            return try await ask(request, of: record, isSlow: true) { answer in
                if answer["released"]?.string == "\(id)" { return true }
                return answer["release pending"]?.string == "\(id)" ? false : nil
            }
        } catch let refusal as ControlRefusal where refusal.isUnknownUnit {
            return true
        }
    }

    /// Asks for the state of the unit there.
    ///
    /// - Parameter fingerprint: asks for that of the output, too.
    func askStatus(
        _ id: UnitID,
        of record: RemoteRecord,
        _ fingerprint: FingerprintRequest? = nil
    ) async throws -> UnitStatus {
        guard let fingerprint else {
            return try await ask(.unitStatus(unit: "\(id)"), of: record, isSlow: false) { UnitStatus(reply: $0) }
        }
        let request = ControlCommand.unitStatus(
            unit: "\(id)",
            fingerprint: fingerprint,
            signature: try signature(of: record)
        )
        let isSlow = fingerprint.size > Self.promptBytes
        let time = timings.answer + .seconds(fingerprint.size / Self.slowDisk)
        return try await ask(request, of: record, isSlow: isSlow, within: time) { UnitStatus(reply: $0) }
    }

    /// Of how much output a node tells the fingerprint without delay.
    static let promptBytes: Int64 = 1 << 20
    /// How many bytes a second any disk reads.
    private static let slowDisk: Int64 = 8 << 20

    private func ask<Answer: Sendable>(
        _ request: ControlCommand,
        of record: RemoteRecord,
        isSlow: Bool,
        within patience: Duration? = nil,
        _ read: @escaping @Sendable (JSONValue) -> Answer?
    ) async throws -> Answer {
        let answer = try await mesh.renewingStreams(to: record.node) { [streams] in
            try await streams.ask(request, of: record.service, isSlow: isSlow, within: patience) { line in
                (try? JSONValue(parsing: line)).flatMap(read)
            }
        }
        reached()
        return answer
    }

    // MARK: Outages

    /// Tells the log that the node was reached, if it was away.
    func reached() {
        let wasAway = troubles.withLock { troubles in
            defer { troubles.isAway = false }
            return troubles.isAway
        }
        if wasAway { unit.logger.info("the remote node is reached again") }
    }

    /// Tells the log that something does not work: once for each outage, not for each attempt.
    func failed(_ error: any Error) {
        let text = "\(error)"
        let isNews = troubles.withLock { troubles in
            if error is WorkMeshError {
                defer { troubles.isAway = true }
                return !troubles.isAway
            }
            defer { troubles.other = text }
            return troubles.other != text
        }
        guard isNews else { return }
        switch error {
        case is WorkMeshError: unit.logger.notice("the remote node cannot be reached", metadata: ["error": "\(text)"])
        case is ControlRefusal: unit.logger.warning("the remote node refuses", metadata: ["error": "\(text)"])
        default: unit.logger.warning("remote work does not go on", metadata: ["error": "\(text)"])
        }
    }

    /// What an attempt began with, so that no change during it is missed.
    struct Versions: Sendable {
        fileprivate var routes: UInt64
        fileprivate var requests: UInt64
    }

    /// The present ones.
    var versions: Versions { Versions(routes: mesh.routesVersion, requests: unit.requests) }

    /// Waits for the next attempt: until the delay is over, the node comes into reach, or somebody asks for the unit's
    /// end or release. After a change the delay begins anew. Other changes of the routes shorten no delay: in a restless
    /// mesh a node that turns its callers away would have no peace.
    ///
    /// - Throws: `CancellationError`.
    func pause(_ delay: inout GrowingDelay, since versions: Versions, for record: RemoteRecord) async throws {
        let next = delay.next()
        let time = record.unitID == nil ? min(next, record.expiration.remaining ?? next) : next
        let hasChanged = try await first(
            of: {
                try await TaskSupport.pause(for: time)
                return false
            },
            {
                await self.nodeCame(record.node, since: versions)
                return true
            },
            {
                await self.requested(since: versions)
                return true
            }
        )
        if hasChanged { delay.reset() }
        try Task.checkCancellation()
    }

    private func nodeCame(_ node: String, since versions: Versions) async {
        await mesh.routesChanged { mesh.routeBegan(to: node).map { $0 > versions.routes } ?? false }
        // The other side may need a moment to learn the way back.
        try? await TaskSupport.pause(for: .milliseconds(20))
    }

    /// Waits until somebody asked for the end or the release of the unit since then.
    func requested(since versions: Versions) async {
        await unit.changed { unit.requests > versions.requests }
    }

    /// Waits until the end of the unit is asked for.
    func cancelRequested() async { await unit.changed { isCancelling } }
}
