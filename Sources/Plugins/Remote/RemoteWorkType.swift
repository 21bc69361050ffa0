public import JSON
internal import TimeFormats
public import Workceptor

/// Has other nodes of the mesh do the work of units (work-units §4). One instance serves all remote units of a node.
///
/// What it keeps between units are streams to nodes that were asked a moment ago.
public final class RemoteWorkType: RemoteWork {
    private let mesh: any WorkMesh
    private let signer: (any RequestSigner)?
    private let timings: RemoteTimings
    private let streams: ControlStreamPool

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
        streams = ControlStreamPool(mesh: mesh, timings: timings)
    }

    /// Checks what this node can check: the rest is the other node's business.
    public func extraData(for request: SubmitRequest) throws(WorkError) -> JSONValue {
        if let problem = Self.problem(inNode: request.node) { throw WorkError(.invalidRequest, problem) }
        var expiration = Expiration.never
        if let text = request.timeToLive {
            guard let time = GoDuration.parse(text), time > .zero else {
                throw WorkError(.invalidRequest, "field ttl must be a positive duration, \(GoDuration.examples)")
            }
            expiration = Expiration(after: time)
            guard expiration != .never else {
                throw WorkError(.invalidRequest, "field ttl is longer than time can be counted: leave it out")
            }
        }
        if request.signsWork {
            guard let signer else { throw WorkError(.refusedByPolicy, RemoteWorkError.noSigner) }
            do { try signer.check() } catch {
                throw WorkError(.refusedByPolicy, "cannot sign the request", cause: error)
            }
        }
        return RemoteRecord(request, expiration: expiration).extraData
    }

    /// Why no node can have a name; `nil` when one may.
    static func problem(inNode name: String) -> String? {
        if name.isEmpty { return "field node is empty: name the node that is to do the work" }
        guard name.utf8.count <= 255 else {
            return "field node is longer than the 255 bytes that a node's name may have"
        }
        let isBlank = { (scalar: Unicode.Scalar?) in scalar?.properties.isWhitespace ?? false }
        let hasControl = name.unicodeScalars.contains { scalar in
            [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        guard !hasControl, !isBlank(name.unicodeScalars.first), !isBlank(name.unicodeScalars.last) else {
            return "field node has blanks around it, line breaks or control characters, which no node's name has"
        }
        return nil
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

    /// Closes the streams that nobody uses.
    public func shutDown() async { await streams.shutDown() }

    private func job(_ unit: WorkUnit) -> RemoteJob {
        RemoteJob(unit, mesh: mesh, signer: signer, streams: streams, timings: timings)
    }
}
