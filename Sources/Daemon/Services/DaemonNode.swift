internal import Configuration
internal import ControlServer
internal import JSON
internal import LinuxSystem
internal import Logging
internal import Mesh
internal import Netceptor
internal import Synchronization
internal import TaskSupport
internal import TimeFormats
internal import Workceptor

/// What the control service sees of this daemon besides its work.
final class DaemonNode: ControlNode {
    private let source: NodePlan.Source
    private let workceptor: Workceptor
    private let logger: Logger
    private let fixedLogLevel: Logger.Level?
    private let mesh: MeshNode
    private let signer: NodeSigner?
    private let current: Mutex<Current>
    private let reloading = AsyncLock()

    /// What a reload compares with.
    private struct Current {
        let configuration: Configuration
        let keyProblems: [ConfigurationProblem]
        var sources: Set<LinkSource>

        init(_ plan: NodePlan) {
            configuration = plan.configuration
            keyProblems = plan.keyProblems
            sources = plan.mesh.sources
        }
    }

    init(
        plan: NodePlan,
        source: NodePlan.Source,
        workceptor: Workceptor,
        mesh: MeshNode,
        fixedLogLevel: Logger.Level?,
        logger: Logger
    ) {
        self.source = source
        self.workceptor = workceptor
        self.fixedLogLevel = fixedLogLevel
        self.logger = logger
        self.mesh = mesh
        signer = plan.signer
        current = Mutex(Current(plan))
    }

    // MARK: The mesh

    func meshStatus() async -> JSONObject {
        guard let status = await mesh.status() else { return [:] }
        let connections: [JSONValue] = status.connections.map { connection in
            ["NodeID": .string(connection.node.name), "Cost": .number(connection.cost)]
        }
        // As with Receptor, a node without links is not in it.
        let costs = status.connectionCosts.filter { $0.key.name != workceptor.nodeID || !$0.value.isEmpty }
        return [
            "Connections": .array(connections),
            "RoutingTable": Self.object(status.routes) { .string($0.name) },
            "Advertisements": .array(status.advertisements.map { .object($0.statusFields) }),
            "KnownConnectionCosts": Self.object(costs) { Self.object($0) { .number($0) } },
        ]
    }

    private static func object<Value>(_ members: [NodeID: Value], _ json: (Value) -> JSONValue) -> JSONValue {
        .object(JSONObject(members.sorted { $0.key < $1.key }.map { ($0.key.name, json($0.value)) }))
    }

    func connect(to node: String, service: String, tlsClient: String?) async throws -> any ControlTransport {
        if let tlsClient {
            throw ControlNodeError("TLS client configurations are not supported yet: connect without \(tlsClient)")
        }
        let stream = try await mesh.connect(to: mesh.node(named: node), service: ServiceName(service))
        return MeshTransport(stream, disk: workceptor.environment.disk)
    }

    func ping(_ target: String) async throws -> (from: String, nanoseconds: Int64) {
        switch await mesh.ping(try mesh.node(named: target)) {
        case .reply(let node, let time): return (node.name, time.nanoseconds)
        case .unreachable(_, let problem, _): throw ControlNodeError("\(problem)")
        case .failed(let error): throw ControlNodeError("\(error)")
        case .timedOut: throw ControlNodeError("timeout")
        }
    }

    func traceroute(_ target: String) async -> [(from: String, nanoseconds: Int64, error: String?)] {
        let node: NodeID
        do { node = try mesh.node(named: target) } catch { return [(workceptor.nodeID, 0, "\(error)")] }
        return await mesh.traceroute(node).map { outcome in
            switch outcome {
            case .reply(let node, let time): (node.name, time.nanoseconds, nil)
            case .unreachable(let node, .messageExpired, let time): (node.name, time.nanoseconds, nil)
            case .unreachable(let node, let problem, let time): (node.name, time.nanoseconds, "\(problem)")
            case .failed(let error): (workceptor.nodeID, 0, "\(error)")
            case .timedOut(let time): (workceptor.nodeID, time.nanoseconds, "timeout")
            }
        }
    }

    // MARK: Reload

    /// Prepares everything that is new, then applies all of it or nothing. One reload at a time.
    func reload() async -> ControlReload {
        do { try await reloading.lock() } catch { return .invalid(Self.cancelled) }
        defer { reloading.unlock() }
        let outcome = await change()
        switch outcome {
        case .done: break
        case .invalid(let reason), .notReloadable(let reason):
            logger.error("reload refused", metadata: ["problem": "\(reason)"])
        }
        return outcome
    }

    private func change() async -> ControlReload {
        let plan: NodePlan
        do {
            plan = try await readPlan().get()
        } catch let error as ConfigurationProblems {
            return .invalid(Self.text(error.problems))
        } catch {
            return .invalid(Self.cancelled)
        }
        var current = self.current.withLock { $0 }
        let changes = current.configuration.nonReloadableChanges(to: plan.configuration)
        guard changes.isEmpty else {
            return .notReloadable("these cannot change while the node runs: \(changes.joined(separator: ", "))")
        }
        // A key that could be used goes on being used; one that never could does not stand in the way of other changes.
        let newProblems = plan.keyProblems.filter { problem in
            !current.keyProblems.contains { $0.message == problem.message }
        }
        guard newProblems.isEmpty else { return .invalid(Self.text(newProblems)) }
        do {
            try await LinkChange(from: current.sources, to: plan.mesh.sources).apply(to: mesh)
        } catch {
            current.sources.subtract(error.lost)
            self.current.withLock { [current] in $0 = current }
            return .invalid(text(error, in: plan))
        }
        await apply(plan)
        return .done
    }

    /// Reads the files away from the event loops: there may be much in them, and their disk may hang. Nobody has to wait
    /// for such a disk.
    private func readPlan() async throws -> Result<NodePlan, ConfigurationProblems> {
        try await workceptor.environment.disk.runUnlessCancelled(for: "configuration") { [source] in
            Result { () throws(ConfigurationProblems) in try NodePlan(source, for: .reload) }
        }
    }

    private static let cancelled = "the reload was cancelled"

    /// Applies what cannot fail.
    private func apply(_ plan: NodePlan) async {
        if let signer = plan.signer { self.signer?.replace(with: signer) }
        workceptor.replace(registry: plan.registry, verifier: plan.verifier)
        await mesh.setFirewall(plan.mesh.firewall)
        await mesh.setWorkCommands(plan.registry.workCommands)
        LineLogHandler.level.withLock { $0 = fixedLogLevel ?? LogLevelOption(plan.configuration.logLevel.level).level }
        current.withLock { $0 = Current(plan) }
        for problem in plan.keyProblems + plan.warnings {
            logger.error("configuration", metadata: ["problem": "\(problem)"])
        }
        logger.notice("configuration reloaded", metadata: ["worktypes": "\(plan.registry.all.count)"])
    }

    private static func text(_ problems: [ConfigurationProblem]) -> String {
        problems.map(\.account).joined(separator: "; ")
    }

    private func text(_ failure: LinkChange.Failure, in plan: NodePlan) -> String {
        let lost = failure.lost.map(\.address).sorted()
        let problem = ConfigurationProblem(
            "cannot listen for links at \(failure.source.address): \(failure.reason)",
            at: plan.mesh.positions[failure.source],
            hint: lost.isEmpty
                ? "nothing was changed" : "nothing else was changed, but \(lost.joined(separator: ", ")) was lost"
        )
        return problem.account
    }
}

extension WorkTypeRegistry {
    /// The work types as the mesh is told of them: those that this node does itself.
    var workCommands: [WorkCommand] {
        all.filter { !($0.type is any ForwardingWorkType) }.map {
            WorkCommand(workType: $0.name, isSecure: $0.policy.verifiesSignature)
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { max(1, clampedNanoseconds) }
}
