internal import Configuration
internal import ControlServer
internal import JSON
internal import LinuxSystem
internal import Logging
internal import Mesh
internal import Netceptor
internal import Synchronization
internal import TimeFormats
internal import Workceptor

/// What the control service sees of this daemon besides its work.
final class DaemonNode: ControlNode {
    private let source: NodePlan.Source
    private let workceptor: Workceptor
    private let logger: Logger
    private let fixedLogLevel: Logger.Level?
    private let mesh: MeshNode
    private let configuration: Mutex<Configuration>
    private let sources: Mutex<Set<LinkSource>>

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
        configuration = Mutex(plan.configuration)
        sources = Mutex(plan.mesh.sources)
    }

    // MARK: The mesh

    func meshStatus() async -> JSONObject {
        guard let status = await mesh.status() else { return [:] }
        let connections: [JSONValue] = status.connections.map { connection in
            ["NodeID": .string(connection.node.name), "Cost": .number(connection.cost)]
        }
        return [
            "Connections": .array(connections),
            "RoutingTable": Self.object(status.routes) { .string($0.name) },
            "Advertisements": .array(status.advertisements.map { .object($0.statusFields) }),
            "KnownConnectionCosts": Self.object(status.connectionCosts) { Self.object($0) { .number($0) } },
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

    func reload() async -> ControlReload {
        let plan: NodePlan
        do {
            plan = try NodePlan(source, strict: false)
        } catch {
            let lines = error.problems.map(\.description)
            for line in lines { logger.error("reload refused", metadata: ["problem": "\(line)"]) }
            return .invalid(lines.joined(separator: "; "))
        }
        let changes = configuration.withLock { $0.nonReloadableChanges(to: plan.configuration) }
        guard changes.isEmpty else {
            let what = "these cannot change while the node runs: \(changes.joined(separator: ", "))"
            logger.error("reload refused", metadata: ["problem": "\(what)"])
            return .notReloadable(what)
        }
        configuration.withLock { $0 = plan.configuration }
        workceptor.replace(registry: plan.registry, verifier: plan.verifier)
        await changeMesh(to: plan)
        LineLogHandler.level.withLock { $0 = fixedLogLevel ?? LogLevelOption(plan.configuration.logLevel.level).level }
        for warning in plan.warnings { logger.error("configuration", metadata: ["problem": "\(warning)"]) }
        logger.notice("configuration reloaded", metadata: ["worktypes": "\(plan.registry.all.count)"])
        return .done
    }

    private func changeMesh(to plan: NodePlan) async {
        let (removed, added) = sources.withLock { sources in
            defer { sources = plan.mesh.sources }
            return (sources.subtracting(plan.mesh.sources), plan.mesh.sources.subtracting(sources))
        }
        for source in removed { await mesh.remove(source) }
        for source in added {
            do { try await mesh.add(source) } catch {
                logger.error("cannot listen", metadata: ["address": "\(source.address)", "error": "\(error)"])
            }
        }
        await mesh.setFirewall(plan.mesh.firewall)
        await mesh.setWorkCommands(plan.registry.workCommands)
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
