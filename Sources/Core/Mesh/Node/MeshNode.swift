public import Logging
public import NIOCore
public import Netceptor
internal import QUIC
internal import SocketSupport

/// A node of the mesh, with its links and streams. Everything of it runs on one event loop.
public final class MeshNode: Sendable {
    /// What others than the event loop may know of the routes at any time.
    public let routes = ReachableNodes()
    /// The event loop of the mesh.
    public let eventLoop: any EventLoop
    /// The node's identifier.
    public let nodeID: NodeID
    private let logger: Logger
    private let parts: NIOLoopBoundBox<Parts>

    /// What belongs to the event loop.
    struct Parts {
        let core: MeshCore
        let dialerCredentials: QUICCredentials
        let listenerCredentials: QUICCredentials
        var sources: [LinkSource: any LinkBackend] = [:]
        var listeners: [ServiceName: StreamListener] = [:]

        mutating func take(_ listener: TCPListener, for source: LinkSource, unless isGivenUp: Bool) throws {
            do {
                try core.checkRunning()
                if isGivenUp { throw CancellationError() }
            } catch {
                listener.stop()
                throw error
            }
            sources[source] = listener
        }
    }

    /// How long the certificate is valid that a service without TLS configuration shows. Nobody checks it: it only must
    /// not end before the daemon does.
    private static let certificateValidity = Duration.seconds(10 * 365 * 24 * 60 * 60)

    /// Starts a node without links and services.
    ///
    /// - Parameter maximumLinks: how many sessions of links there may be before no more are taken.
    /// - Throws: when there is no memory or randomness for its keys.
    public static func start(
        _ settings: NodeSettings,
        maximumLinks: Int = 4096,
        eventLoop: any EventLoop,
        logger: Logger
    ) async throws -> MeshNode {
        let listener = try QUICCredentials(.selfSigned(validity: certificateValidity))
        let dialer = try QUICCredentials.insecureDialer()
        return try await eventLoop.submit {
            MeshNode(
                settings,
                maximumLinks: maximumLinks,
                eventLoop: eventLoop,
                credentials: (dialer, listener),
                logger: logger
            )
        }.get()
    }

    private init(
        _ settings: NodeSettings,
        maximumLinks: Int,
        eventLoop: any EventLoop,
        credentials: (dialer: QUICCredentials, listener: QUICCredentials),
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.logger = logger
        nodeID = settings.nodeID
        let core = MeshCore(
            settings,
            maximumLinks: maximumLinks,
            reachableNodes: routes,
            eventLoop: eventLoop,
            logger: logger
        )
        parts = NIOLoopBoundBox(
            Parts(core: core, dialerCredentials: credentials.dialer, listenerCredentials: credentials.listener),
            eventLoop: eventLoop
        )
        core.turn { _ in }
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable (inout Parts) throws -> Value) async throws -> Value {
        try await eventLoop.value { try body(&self.parts.value) }
    }

    /// Changes something that an event loop which has ended does not have any more.
    private func change(_ body: @escaping @Sendable (inout Parts) -> Void) async {
        do { try await run(body) } catch {}
    }

    // MARK: Links

    /// Takes or opens links as a source says, until it is removed.
    ///
    /// - Throws: `SocketError` when an address cannot be listened on. A neighbour that cannot be reached is tried again
    ///   and again.
    public func add(_ source: LinkSource) async throws {
        switch source {
        case .tcpListener(let host, let port, let options):
            let promise = eventLoop.makePromise(of: Void.self)
            let isGivenUp = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: eventLoop)
            eventLoop.execute {
                let opening = TCPListener.open(host: host, port: port, options: options, core: self.parts.value.core)
                opening.assumeIsolated().whenComplete { result in
                    promise.completeWith(
                        result.mapError(SocketError.init).flatMap { listener in
                            Result { try self.parts.value.take(listener.value, for: source, unless: isGivenUp.value) }
                        }
                    )
                }
            }
            try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                eventLoop.execute { isGivenUp.value = true }
                promise.fail(CancellationError())
            }
        case .tcpPeer(let host, let port, let redials, let options):
            try await run { parts in
                try parts.core.checkRunning()
                let peer = TCPPeer(host: host, port: port, redials: redials, options: options, core: parts.core)
                parts.sources[source] = peer
                peer.dial()
            }
        }
    }

    /// Closes the links of a source, and takes or opens no more.
    public func remove(_ source: LinkSource) async {
        await change { $0.sources.removeValue(forKey: source)?.stop() }
    }

    // MARK: Services and streams

    /// Takes streams to a service of this node.
    ///
    /// - Parameter accept: gets each stream, on the event loop; must close it sometime.
    /// - Throws: `MeshError`, when the service's name is taken.
    public func listen(_ service: LocalService, accept: @escaping @Sendable (MeshStream) -> Void) async throws {
        try await run { parts in
            try parts.core.checkRunning()
            let eventLoop = parts.core.eventLoop
            let listener = StreamListener(
                service: service.name,
                credentials: parts.listenerCredentials,
                core: parts.core
            ) { accept(MeshStream($0, eventLoop: eventLoop)) }
            try parts.core.register(service, listener)
            parts.listeners[service.name] = listener
        }
    }

    /// Opens a stream to a service of a node.
    ///
    /// - Throws: `MeshError` or `QUICError`: there is no such service, nobody answers, or it is not who it should be;
    ///   `CancellationError` as soon as the task is cancelled.
    public func connect(to node: NodeID, service: ServiceName) async throws -> MeshStream {
        let promise = eventLoop.makePromise(of: MeshStream.self)
        let giveUp = NIOLoopBoundBox.makeEmptyBox(valueType: (() -> Void).self, eventLoop: eventLoop)
        eventLoop.execute {
            let parts = self.parts.value
            giveUp.value = StreamDialer.dial(node, service, credentials: parts.dialerCredentials, core: parts.core) {
                result in
                promise.completeWith(result.map { MeshStream($0, eventLoop: self.eventLoop) })
            }
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            eventLoop.execute { giveUp.value?() }
        }
    }

    /// Says which types of work the control services of this node take.
    public func setWorkCommands(_ commands: [WorkCommand]) async {
        await change { $0.core.setWorkCommands(commands) }
    }

    /// Replaces the firewall's rules.
    public func setFirewall(_ firewall: Firewall) async { await change { $0.core.setFirewall(firewall) } }

    // MARK: What is known

    /// What is known of the mesh now; `nil` when the node has ended.
    public func status() async -> MeshStatus? {
        try? await run { MeshStatus($0.core.state, at: ClockReading.now.mesh) }
    }

    /// The node that a name in a request means.
    ///
    /// - Throws: `MeshError`, when it cannot be a node's.
    public func node(named name: String) throws -> NodeID {
        NodeID.isLocalhost(name) ? nodeID : try NodeID(name)
    }

    // MARK: Pings

    /// Pings a node (mesh-protocol §6); a cancelled task gets its answer at once.
    public func ping(_ target: NodeID, hopsToLive: UInt8 = MeshLimits.hops) async -> PingOutcome {
        let promise = eventLoop.makePromise(of: PingOutcome.self)
        let id = NIOLoopBoundBox.makeEmptyBox(valueType: PingID.self, eventLoop: eventLoop)
        eventLoop.execute { id.value = self.parts.value.core.ping(target, hopsToLive: hopsToLive, promise) }
        return await withTaskCancellationHandler {
            (try? await promise.futureResult.get()) ?? .failed(MeshError(.shutDown, "the ping was given up"))
        } onCancel: {
            eventLoop.execute { if let id = id.value { self.parts.value.core.cancelPing(id) } }
        }
    }

    /// Finds the nodes on the way to a node with pings that go ever further, this node first.
    public func traceroute(_ target: NodeID) async -> [PingOutcome] {
        var steps: [PingOutcome] = []
        for hops in 0...MeshLimits.hops {
            let outcome = await ping(target, hopsToLive: hops)
            steps.append(outcome)
            guard case .unreachable(_, .messageExpired, _) = outcome, !Task.isCancelled else { break }
        }
        return steps
    }

    // MARK: The end

    /// Takes no more links and streams; those that there are go on. The first step of the end.
    public func stopAccepting() async {
        await change { parts in
            for listener in parts.listeners.values { listener.stopAccepting() }
            for source in parts.sources.values { source.stopAccepting() }
        }
    }

    /// Ends pings, closes all streams and then all links, so that the other nodes know at once.
    ///
    /// Takes a second at most, whatever peers do, also when the task is cancelled; may be called again.
    public func stop() async {
        let done = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            let parts = self.parts.value
            self.parts.value.sources = [:]
            self.parts.value.listeners = [:]
            parts.core.stop(Array(parts.sources.values), done)
        }
        // It is never failed.
        try? await done.futureResult.get()
    }
}
