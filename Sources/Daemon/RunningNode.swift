internal import Configuration
internal import ControlProtocol
internal import ControlServer
internal import Dispatch
internal import Glibc
internal import LinuxSystem
internal import Logging
internal import Mesh
internal import NIOPosix
internal import RemotePlugin
internal import SocketSupport
internal import Synchronization
internal import TaskSupport
internal import UnixSignals
internal import Workceptor

/// A node from its start to its end.
enum RunningNode {
    /// Starts the node and runs it until a signal ends it.
    ///
    /// - Parameter hangUps: each is a reload as soon as the node is ready.
    /// - Throws: why it cannot start, in one line.
    static func run(
        _ plan: NodePlan,
        source: NodePlan.Source,
        hangUps: UnixSignalsSequence,
        logLevel: Logger.Level?,
        format: LineLogHandler.Format
    ) async throws {
        let notifier = ServiceNotifier()
        let logger = startLogging(plan, level: logLevel, format: format)
        let environment = try WorkEnvironment(
            nodeID: plan.configuration.node.id,
            openFilesLimit: Machine.raiseOpenFilesLimit(),
            durability: plan.configuration.node.durability,
            logger: logger
        )
        let meshThread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: Machine.processorCount > 2 ? 2 : 1)
        let descriptors = DescriptorBudget(limit: Machine.openFilesLimit)
        let mesh = try await MeshNode.start(
            plan.mesh.settings,
            maximumLinks: descriptors.links,
            eventLoop: meshThread.next(),
            logger: logger
        )
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
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        await mesh.setWorkCommands(plan.registry.workCommands)
        let sessions = ControlSessions(context: context, limit: descriptors.sessions)
        let meshService = try await MeshControlService(
            plan.mesh.controlServices,
            on: mesh,
            disk: environment.disk,
            executor: EventLoopTaskExecutor(threads.next()),
            sessions: sessions
        )
        for source in plan.mesh.sources { try await add(source, to: mesh) }
        let services = ControlServices(
            listeners: try await open(plan, threads: threads, sessions: sessions, logger: logger),
            mesh: meshService,
            sessions: sessions
        )
        Machine.releaseStartUpCode()
        notifier.notify("READY=1")
        logger.notice("node started", metadata: ["node": "\(workceptor.nodeID)"])
        let stop = ChangeSignal()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await handle(signals, services: services, stop: stop, notifier: notifier, logger: logger) }
            let hangUp = ChangeSignal()
            tasks.addTask { for await _ in hangUps { hangUp.notify() } }
            tasks.addTask { await reload(node, at: hangUp, until: stop, notifier: notifier) }
            tasks.addTask {
                await stop.changed(since: 0)
                await mesh.stopAccepting()
            }
            try await services.run(until: stop, thenFor: sessionTime)
            await mesh.stop()
            await workceptor.shutDown()
            tasks.cancelAll()
        }
        logger.notice("node stopped")
    }

    /// How long sessions may go on with what they are doing when the node stops.
    private static let sessionTime = Duration.seconds(9)
    /// How long the stop may take in all: what hangs then, such as a disk, is left to the next start.
    private static let stopTime = DispatchTimeInterval.milliseconds(9_800)

    private static func startLogging(
        _ plan: NodePlan,
        level: Logger.Level?,
        format: LineLogHandler.Format
    ) -> Logger {
        LineLogHandler.level.withLock { $0 = level ?? LogLevelOption(plan.configuration.logLevel.level).level }
        LoggingSystem.bootstrap { _ in LineLogHandler(format: format) }
        let logger = Logger(label: "workceptor")
        for problem in plan.keyProblems + plan.warnings {
            logger.error("configuration", metadata: ["problem": "\(problem)"])
        }
        return logger
    }

    private static func add(_ source: LinkSource, to mesh: MeshNode) async throws {
        do { try await mesh.add(source) } catch {
            throw WorkError(.unavailable, "cannot listen for links at \(source.address)", cause: error)
        }
    }

    private static func open(
        _ plan: NodePlan,
        threads: MultiThreadedEventLoopGroup,
        sessions: ControlSessions,
        logger: Logger
    ) async throws -> [ControlListener] {
        var addresses: [ListenAddress] = []
        for service in plan.configuration.controlServices {
            if let path = service.path { addresses.append(.unix(path: path, permissions: service.permissions)) }
            if let tcp = service.tcpListen {
                addresses.append(.tcp(host: tcp.host.isEmpty ? "0.0.0.0" : tcp.host, port: Int(tcp.port)))
            }
        }
        var listeners: [ControlListener] = []
        do {
            for address in addresses {
                let listener = try await ControlListener(address, group: threads, sessions: sessions, logger: logger)
                listeners.append(listener)
            }
        } catch {
            // Nothing is left of a start that is refused.
            for listener in listeners { listener.stopAccepting() }
            throw error
        }
        return listeners
    }

    /// Each SIGHUP is a reload that begins after it; several may share one. None holds up a signal to stop.
    private static func reload(
        _ node: DaemonNode,
        at hangUp: ChangeSignal,
        until stop: ChangeSignal,
        notifier: ServiceNotifier
    ) async {
        var version: UInt64 = 0
        while true {
            await hangUp.changed(since: version)
            guard !Task.isCancelled, stop.version == 0 else { return }
            version = hangUp.version
            notifier.notify("RELOADING=1")
            _ = await node.reload()
            // Who is told that the node stops is not told afterwards that it is ready.
            guard !Task.isCancelled, stop.version == 0 else { return }
            notifier.notify("READY=1")
        }
    }

    /// Ends the process, with a last word in the log if that can be written.
    private static func stopAtOnce(_ lastWord: () -> Void) {
        // Whatever happens to the log.
        DispatchQueue(label: "workceptor.exit").asyncAfter(deadline: .now() + .milliseconds(150)) { _exit(0) }
        lastWord()
        StandardError.flush()
        _exit(0)
    }

    /// The first SIGTERM drains; the second ends the daemon at once. Runners never hear of any.
    private static func handle(
        _ signals: UnixSignalsSequence,
        services: ControlServices,
        stop: ChangeSignal,
        notifier: ServiceNotifier,
        logger: Logger
    ) async {
        var isStopping = false
        for await signal in signals {
            switch signal {
            case _ where isStopping:
                stopAtOnce { logger.notice("stopped at once by a second signal") }
            default:
                isStopping = true
                DispatchQueue(label: "workceptor.stop").asyncAfter(deadline: .now() + stopTime) {
                    stopAtOnce { logger.warning("stopped with something unfinished") }
                }
                // Before anybody hears of the stop: who has heard of it gets no command through.
                services.drain()
                logger.notice("stopping", metadata: ["signal": "\(signal)"])
                notifier.notify("STOPPING=1")
                stop.notify()
            }
        }
    }
}
