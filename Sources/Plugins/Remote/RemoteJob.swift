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
    let connections: ControlConnections
    let timings: RemoteTimings
    /// Whether the node was not reached when last tried, and the last other problem: what the log knows already.
    private let troubles = Mutex<(isAway: Bool, other: String?)>((false, nil))
    /// The unit there that is known not to have started and goes, so that another may follow it.
    let condemned = Mutex<UnitID?>(nil)

    init(
        _ unit: WorkUnit,
        mesh: any WorkMesh,
        signer: (any RequestSigner)?,
        connections: ControlConnections,
        timings: RemoteTimings
    ) {
        self.unit = unit
        self.mesh = mesh
        self.signer = signer
        self.connections = connections
        self.timings = timings
    }

    /// Does everything until the unit ends.
    ///
    /// - Parameter isRecovered: whether an earlier run of this node left the unit.
    func run(isRecovered: Bool) async -> UnitOutcome {
        do {
            let record = try record()
            if record.isReleased { return .canceled(Self.canceledDetail) }
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

    /// Changes the record and brings it to the disk.
    func update(_ change: (inout RemoteRecord) -> Void) async throws(SystemError) {
        try await unit.record { extraData in
            guard var record = RemoteRecord(extraData) else { return extraData }
            change(&record)
            return record.extraData
        }
    }

    /// Changes the record; where the disk does not take it, that is tried again, and nothing depends on it.
    func note(_ change: (inout RemoteRecord) -> Void) async {
        do throws(SystemError) { try await update(change) } catch {}
    }

    /// Whether the end of the unit was asked for, in this run or in an earlier one.
    var isCancelling: Bool { unit.isCancelRequested || RemoteRecord(unit.extraData)?.isCancelled ?? false }

    // MARK: Requests

    /// A request that concerns the unit on the other node.
    func request(
        _ subcommand: String,
        _ id: UnitID,
        of record: RemoteRecord,
        isSigned: Bool = true
    ) throws -> JSONObject {
        var request: JSONObject = [
            "command": "work", "subcommand": .string(subcommand), "unitid": .string(id.description),
        ]
        if isSigned, record.signsWork { request["signature"] = .string(try signature(for: record.node)) }
        return request
    }

    /// A token for a node.
    ///
    /// - Throws: ``RemoteWorkError``.
    func signature(for node: String) throws -> String {
        guard let signer else { throw RemoteWorkError(RemoteWorkError.noSigner) }
        do { return try signer.token(for: node) } catch {
            throw RemoteWorkError("cannot sign the request: \(error)")
        }
    }

    /// Asks the other node about the unit.
    func ask(_ subcommand: String, _ id: UnitID, of record: RemoteRecord, isSigned: Bool = true) async throws
        -> JSONValue
    {
        let request = try request(subcommand, id, of: record, isSigned: isSigned)
        let answer = try await connections.ask(request, of: record.peer)
        reached()
        return answer
    }

    /// Asks for the state of the unit there.
    func askStatus(_ id: UnitID, of record: RemoteRecord) async throws -> RemoteStatus {
        guard let status = RemoteStatus(try await ask("status", id, of: record, isSigned: false)) else {
            throw WorkMeshError(.broken, "\(record.node) gave an answer that is no status")
        }
        return status
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

    /// The situation before an attempt, so that no change during it is missed.
    struct Moment: Sendable {
        fileprivate var routes: UInt64
        fileprivate var requests: UInt64
    }

    /// The situation now.
    var moment: Moment { Moment(routes: mesh.routesVersion, requests: unit.requests) }

    /// Waits for the next attempt: until the delay is over, routes that lead to the node change, or somebody asks for
    /// the unit's end or release.
    ///
    /// - Throws: `CancellationError`.
    func pause(_ delay: Duration, since moment: Moment, for record: RemoteRecord) async throws {
        let time = record.isStarted ? delay : min(delay, record.expiration.remaining ?? delay)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await TaskSupport.pause(for: time) }
            group.addTask { await self.routesChanged(since: moment, to: record.node) }
            group.addTask { await self.requested(since: moment) }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private func routesChanged(since moment: Moment, to node: String) async {
        var version = moment.routes
        repeat {
            await mesh.routesChanged(since: version)
            version = mesh.routesVersion
        } while !Task.isCancelled && !mesh.reaches(node)
        // The other side may need a moment to learn the way back.
        try? await TaskSupport.pause(for: .milliseconds(20))
    }

    /// Waits until somebody asked for the end or the release of the unit after that moment.
    func requested(since moment: Moment) async {
        while case let version = unit.version, unit.requests <= moment.requests, !Task.isCancelled {
            await unit.changed(since: version)
        }
    }

    /// Waits until the end of the unit is asked for.
    func cancelRequested() async {
        while case let version = unit.version, !isCancelling, !Task.isCancelled { await unit.changed(since: version) }
    }
}
