internal import TimeFormats
public import Workceptor

/// Work types that another node of the mesh does under a name of this one: clients need not know which node that is.
///
/// Their units are remote units like those that name the node, so ``RemoteWorkType`` does the rest.
public struct RemotePlugin: WorkTypePlugin {
    /// The name in `plugin:` keys.
    public let name = "remote"
    /// One line for the operator.
    public let summary = "has another node of the mesh do the work"

    /// Creates the plugin.
    public init() {}

    /// Makes a work type from its settings.
    public func makeWorkType(named name: String, settings: RemoteSettings) -> any WorkType {
        RemoteAlias(name: name, settings: settings)
    }
}

/// A work type of this node that stands for one of another node.
struct RemoteAlias: ForwardingWorkType {
    let name: String
    let settings: RemoteSettings

    func forwarded(_ request: SubmitRequest) -> SubmitRequest {
        var request = request
        request.node = settings.node
        request.workType = settings.remoteWorkType ?? name
        request.signature = nil
        request.signsWork = request.signsWork || settings.signsWork
        request.timeToLive = request.timeToLive ?? settings.timeToLive.map { "\($0.clampedNanoseconds)ns" }
        return request
    }

    /// Its units are remote ones.
    func run(_ unit: WorkUnit) async throws -> UnitOutcome { .failed("A remote unit was run here") }
}
