internal import Configuration
internal import ControlProtocol
internal import ControlServer
internal import Glibc
internal import LinuxSystem
internal import Logging
internal import Mesh
internal import NIOPosix
internal import RemotePlugin
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals
internal import Workceptor

/// A node from its start to its end.
enum RunningNode {
    /// Starts the node and runs it until a signal ends it.
    ///
    /// - Throws: why it cannot start, in one line.
    static func run(
        _ plan: NodePlan,
        source: NodePlan.Source,
        logLevel: Logger.Level?,
        format: LineLogHandler.Format
    ) async throws {
        let notifier = ServiceNotifier()
        let logger = startLogging(plan, level: logLevel, format: format)
        let environment = try WorkEnvironment(
            nodeID: plan.configuration.node.id,
            openFilesLimit: Machine.raiseOpenFilesLimit(),
            durability: plan.configuration.node.durability
        )
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: Machine.processorCount > 2 ? 2 : 1)
        let mesh = try await MeshNode.start(plan.mesh.settings, eventLoop: threads.next(), logger: logger)
        let workceptor = try Workceptor(
            environment: environment,
            dataDirectory: plan.configuration.node.dataDirectory,
            registry: plan.registry,
            verifier: plan.verifier,
            remote: RemoteWorkType(mesh: MeshWork(mesh: mesh, disk: environment.disk), signer: plan.signer),
            logger: logger
        )
        try await workceptor.recover()
        let node = DaemonNode(
            plan: plan,
            source: source,
            workceptor: workceptor,
            mesh: mesh,
            fixedLogLevel: logLevel,
            logger: logger
        )
        let context = ControlContext(
            workceptor: workceptor,
            node: node,
            version: WorkceptorVersion.current,
            logger: logger
        )
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        await mesh.setWorkCommands(plan.registry.workCommands)
        let meshService = try await MeshControlService(
            plan.mesh.controlServices,
            on: mesh,
            disk: environment.disk,
            context: context
        )
        for source in plan.mesh.sources { try await add(source, to: mesh) }
        let services = ControlServices(listeners: try await open(plan, threads: threads, context: context))
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: services), .init(service: meshService)],
                logger: quiet(logger)
            )
        )
        Machine.releaseStartUpCode()
        notifier.notify("READY=1")
        logger.notice("node started", metadata: ["node": "\(workceptor.nodeID)"])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await handle(signals, of: group, node: node, notifier: notifier, logger: logger) }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
        await workceptor.shutDown()
        logger.notice("node stopped")
    }

    private static func startLogging(
        _ plan: NodePlan,
        level: Logger.Level?,
        format: LineLogHandler.Format
    ) -> Logger {
        LineLogHandler.level.withLock { $0 = level ?? LogLevelOption(plan.configuration.logLevel.level).level }
        LoggingSystem.bootstrap { _ in LineLogHandler(format: format) }
        let logger = Logger(label: "workceptor")
        for problem in plan.keyProblems + plan.warnings {
            logger.error("configuration", metadata: ["problem": "\(problem.account)"])
        }
        return logger
    }

    /// The library's own log lines are about itself, not about the node.
    private static func quiet(_ logger: Logger) -> Logger {
        Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
    }

    private static func add(_ source: LinkSource, to mesh: MeshNode) async throws {
        do { try await mesh.add(source) } catch {
            throw WorkError(.unavailable, "cannot listen for links at \(source.address)", cause: error)
        }
    }

    private static func open(
        _ plan: NodePlan,
        threads: MultiThreadedEventLoopGroup,
        context: ControlContext
    ) async throws -> [ControlListener] {
        var listeners: [ControlListener] = []
        for service in plan.configuration.controlServices {
            if let path = service.path {
                let address = ControlAddress.unix(path: path, permissions: service.permissions)
                listeners.append(try await ControlListener(address, group: threads, context: context))
            }
            if let tcp = service.tcpListen {
                let host = tcp.host.isEmpty ? "0.0.0.0" : tcp.host
                let address = ControlAddress.tcp(host: host, port: Int(tcp.port))
                do {
                    listeners.append(try await ControlListener(address, group: threads, context: context))
                } catch {
                    throw WorkError(.unavailable, "cannot listen at \(address)", cause: error)
                }
            }
        }
        return listeners
    }

    /// SIGHUP reloads; the first SIGTERM drains; the second ends the daemon at once. Runners never hear of any.
    private static func handle(
        _ signals: UnixSignalsSequence,
        of group: ServiceGroup,
        node: DaemonNode,
        notifier: ServiceNotifier,
        logger: Logger
    ) async {
        var isStopping = false
        for await signal in signals {
            switch signal {
            case .sighup:
                notifier.notify("RELOADING=1")
                _ = await node.reload()
                notifier.notify("READY=1")
            case _ where isStopping:
                logger.notice("stopped at once by a second signal")
                exit(0)
            default:
                isStopping = true
                logger.notice("stopping", metadata: ["signal": "\(signal)"])
                notifier.notify("STOPPING=1")
                await group.triggerGracefulShutdown()
            }
        }
    }
}
