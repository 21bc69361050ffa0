internal import Configuration
internal import ControlServer
internal import JSON
internal import LinuxSystem
internal import Logging
internal import Synchronization
internal import Workceptor

/// What the control service sees of this daemon besides its work.
final class DaemonNode: ControlNode {
    private let source: NodePlan.Source
    private let workceptor: Workceptor
    private let logger: Logger
    private let fixedLogLevel: Logger.Level?
    private let isolated: IsolatedNode
    private let configuration: Mutex<Configuration>

    init(
        plan: NodePlan,
        source: NodePlan.Source,
        workceptor: Workceptor,
        fixedLogLevel: Logger.Level?,
        logger: Logger
    ) {
        self.source = source
        self.workceptor = workceptor
        self.fixedLogLevel = fixedLogLevel
        self.logger = logger
        isolated = IsolatedNode(nodeID: workceptor.nodeID)
        configuration = Mutex(plan.configuration)
    }

    func meshStatus() -> JSONObject {
        let workCommands: [JSONValue] = workceptor.registry.all.map {
            ["WorkType": .string($0.name), "Secure": .bool($0.policy.verifiesSignature)]
        }
        let now = WallClock.rfc3339(nanoseconds: WallClock.nanoseconds)
        let services: [JSONValue] = configuration.withLock { $0.controlServices }.map { service in
            [
                "NodeID": .string(workceptor.nodeID), "Service": .string(service.service), "Time": .string(now),
                "ConnType": 1, "Tags": ["type": "Control Service"], "WorkCommands": .array(workCommands),
            ]
        }
        return isolated.meshStatus(services: services)
    }

    func controlServices() -> [String] { configuration.withLock { $0.controlServices.map(\.service) } }

    func ping(_ target: String) throws -> (from: String, nanoseconds: Int64) { try isolated.ping(target) }

    func traceroute(_ target: String) -> [(from: String, nanoseconds: Int64, error: String?)] {
        isolated.traceroute(target)
    }

    func reload() -> ControlReload {
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
        workceptor.replaceRegistry(plan.registry)
        LineLogHandler.level.withLock { $0 = fixedLogLevel ?? LogLevelOption(plan.configuration.logLevel.level).level }
        for warning in plan.warnings { logger.error("configuration", metadata: ["problem": "\(warning)"]) }
        logger.notice("configuration reloaded", metadata: ["worktypes": "\(plan.registry.all.count)"])
        return .done
    }
}
