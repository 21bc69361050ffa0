public import JSON
internal import TimeFormats
public import Workceptor

/// Has other nodes of the mesh do the work of units (work-units §4). One instance serves all remote units of a node.
///
/// What it keeps between units are connections to nodes that were asked a moment ago.
public final class RemoteWorkType: RemoteWork {
    private let mesh: any WorkMesh
    private let signer: (any RequestSigner)?
    private let timings: RemoteTimings
    private let connections: ControlConnections

    /// Creates one for a node.
    ///
    /// - Parameters:
    ///   - mesh: leads to the other nodes.
    ///   - signer: signs the requests of units that ask for it; `nil` when this node has no key for that.
    public convenience init(mesh: any WorkMesh, signer: (any RequestSigner)? = nil) {
        self.init(mesh: mesh, signer: signer, timings: RemoteTimings())
    }

    init(mesh: any WorkMesh, signer: (any RequestSigner)?, timings: RemoteTimings) {
        self.mesh = mesh
        self.signer = signer
        self.timings = timings
        connections = ControlConnections(mesh: mesh, timings: timings)
    }

    /// Checks what this node can check: the rest is the other node's business.
    public func extraData(for request: SubmitRequest) throws(WorkError) -> JSONValue {
        var expiration = Expiration.never
        if let text = request.timeToLive {
            guard let time = GoDuration.parse(text), time > .zero else {
                throw WorkError(.invalidRequest, "field ttl must be a positive duration, \(GoDuration.examples)")
            }
            expiration = Expiration(after: time)
        }
        if request.signsWork {
            guard let signer else { throw WorkError(.refusedByPolicy, RemoteWorkError.noSigner) }
            do { try signer.check() } catch {
                throw WorkError(.refusedByPolicy, "cannot sign the request", cause: error)
            }
        }
        return RemoteRecord(request, expiration: expiration).extraData
    }

    /// Has the other node do the work.
    public func run(_ unit: WorkUnit) async throws -> UnitOutcome { await job(unit).run(isRecovered: false) }

    /// Goes on where an earlier run stopped; nothing is started twice.
    public func recover(_ unit: WorkUnit) async throws -> UnitOutcome { await job(unit).run(isRecovered: true) }

    /// Does nothing by itself: the unit's task waits for the request.
    public func cancel(_ unit: WorkUnit) async throws {}

    /// How long a client waits to hear that a node far away has done what it was asked for.
    public var gracePeriod: Duration { timings.client }

    /// Whether a release was asked for in an earlier run.
    public func isReleasePending(_ unit: WorkUnit) -> Bool { RemoteRecord(unit.extraData)?.isReleased ?? false }

    /// Has the other node release its unit.
    public func release(onOtherNode unit: WorkUnit) async -> Bool { await job(unit).release() }

    private func job(_ unit: WorkUnit) -> RemoteJob {
        RemoteJob(unit, mesh: mesh, signer: signer, connections: connections, timings: timings)
    }
}
