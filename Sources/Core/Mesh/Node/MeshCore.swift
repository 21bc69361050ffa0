internal import Logging
internal import NIOCore
internal import Netceptor
internal import QUIC
internal import TimeFormats

/// The mesh on its event loop: feeds the node's state with what happens, and does what comes of it.
///
/// Everything happens in turns. Within a turn messages are only queued; at its end the streams that have to do something
/// have their say, and then each link sends what was queued for it at once.
final class MeshCore {
    let eventLoop: any EventLoop
    let logger: Logger
    let reachableNodes: ReachableNodes
    private(set) var state: NodeState
    private let maximumIdleTime: Duration

    private var links: [LinkID: any MeshLink] = [:]
    private var receivers: [ServiceName: any DatagramReceiver] = [:]
    private var pings: [PingID: EventLoopPromise<PingOutcome>] = [:]
    /// What the log knows of links that were not taken.
    var ends = KnownLinkEnds()

    /// The streams' connections that have to be driven in this turn.
    private var due = CircularBuffer<StreamConnection>()
    /// Datagrams from this node to itself.
    private var loopedBack = CircularBuffer<(envelope: Envelope, payload: [UInt8])>()
    /// The streams' connections that wait for a route.
    private var routeWaiters: [ObjectIdentifier: StreamConnection] = [:]
    /// The sessions that are open, whether the state still knows their links or not.
    private var sessionCount = 0
    private var stopWaiters: [EventLoopPromise<Void>] = []
    private var stopTimer: Scheduled<Void>?
    private var isStopped = false
    /// The links for which something was queued in this turn.
    private var dirtyLinks: [any MeshLink] = []
    private var isInTurn = false
    private var logBudget = LogBudget()
    private var timer: (task: Scheduled<Void>, due: MeshInstant)?
    /// How much streams do in one turn, so that one between two services of this node does not keep the others waiting.
    private static let connectionsPerTurn = 256

    /// What all streams share.
    let sendBudget = QUICSendBudget()

    /// How many links there may be before no more are taken: what strangers may take of the process's descriptors.
    let maximumLinks: Int

    init(
        _ settings: NodeSettings,
        maximumLinks: Int,
        reachableNodes: ReachableNodes,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.logger = logger
        self.reachableNodes = reachableNodes
        self.maximumLinks = maximumLinks
        maximumIdleTime = settings.timings.maximumIdleTime
        state = NodeState(settings, at: ClockReading.now.mesh)
    }

    /// A logger that says with each line whom it is about.
    func logger(for metadata: Logger.Metadata) -> Logger {
        var logger = logger
        for (key, value) in metadata { logger[metadataKey: key] = value }
        return logger
    }

    // MARK: Turns

    /// Does something that may change the node's state or queue messages, and then what comes of it.
    func turn(_ body: (ClockReading) -> Void) {
        let now = ClockReading.now
        guard !isInTurn else { return body(now) }
        isInTurn = true
        noticeClockJump(now)
        body(now)
        driveConnections(now)
        isInTurn = false
        let links = dirtyLinks
        dirtyLinks.removeAll(keepingCapacity: true)
        for link in links { link.flush() }
        armTimer(now)
    }

    /// How late the node's timer must be for a jump of the clock: the process was stopped, or the machine slept.
    private static let clockJump = Duration.seconds(3)

    /// Before anything that was sent meanwhile is looked at: who was silent for too long is gone.
    private func noticeClockJump(_ now: ClockReading) {
        guard let timer, timer.due.duration(to: now.instant) > Self.clockJump else { return }
        timer.task.cancel()
        self.timer = nil
        logger.info("the clock jumped", metadata: ["seconds": "\(timer.due.duration(to: now.instant).wholeSeconds)"])
        for receiver in Array(receivers.values) { receiver.clockJumped(at: now) }
        perform(state.tick(at: now.mesh), at: now)
    }

    private func driveConnections(_ now: ClockReading) {
        var driven = 0
        while true {
            if let (envelope, payload) = loopedBack.popFirst() {
                payload.withUnsafeBytes { deliver($0, envelope, at: now) }
            } else if let connection = due.popFirst() {
                connection.drive(now)
            } else {
                return
            }
            driven += 1
            guard driven < Self.connectionsPerTurn else { return turnSoon() }
        }
    }

    private func turnSoon() { isolated.execute { self.turn { _ in } } }

    /// The event loop for those who run on it.
    var isolated: NIOIsolatedEventLoop { eventLoop.assumeIsolated() }

    /// Has a connection driven at the end of the turn.
    func schedule(_ connection: StreamConnection) {
        guard !connection.isScheduled else { return }
        connection.isScheduled = true
        due.append(connection)
    }

    /// Has a connection driven once a route leads to its peer.
    func waitForRoute(_ connection: StreamConnection) { routeWaiters[ObjectIdentifier(connection)] = connection }

    /// Lets go of a connection that waits for nothing any more: a route may never change again.
    func stopWaitingForRoute(_ connection: StreamConnection) { routeWaiters[ObjectIdentifier(connection)] = nil }

    private func armTimer(_ now: ClockReading) {
        guard !state.isShutDown, !isStopped else { return }
        let deadline = state.nextDeadline
        if let timer {
            guard deadline < timer.due else { return }
            timer.task.cancel()
        }
        let delay = max(.zero, now.instant.duration(to: deadline))
        let task = isolated.scheduleTask(in: .nanoseconds(delay.clampedNanoseconds)) {
            self.timer = nil
            self.turn { now in self.perform(self.state.tick(at: now.mesh), at: now) }
        }
        timer = (task, deadline)
    }

    // MARK: Effects

    private func perform(_ effects: [MeshEffect], at now: ClockReading) {
        for effect in effects {
            switch effect {
            case .send(let message, let link): message.withUnsafeBytes { links[link]?.send($0) }
            case .close(let link, let end): links.removeValue(forKey: link)?.close(end)
            case .linkEstablished: break
            case .linkAccepted(let link, let peer): links[link]?.established(with: peer)
            case .linkLost(_, let peer): tell(.notice, "link lost", metadata: ["node": "\(peer)"])
            case .deliver(let datagram):
                datagram.payload.withUnsafeBytes { deliver($0, datagram.envelope, at: now) }
            case .unreachable(let notice):
                receivers[notice.message.fromService]?.noticeUnreachable(notice, at: now)
            case .pingEnded(let ping, let outcome): pings.removeValue(forKey: ping)?.succeed(outcome)
            case .routesChanged: routesChanged()
            case .nodeRestarted(let node):
                for receiver in Array(receivers.values) { receiver.nodeRestarted(node, at: now) }
            case .advertisementsChanged: break
            case .shutDown: routesChanged()
            case .log(let entry): log(entry)
            }
        }
    }

    private func log(_ entry: MeshLogEntry) {
        let level: Logger.Level =
            switch entry.level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        tell(level, "\(entry.message)")
    }

    /// Writes a line about links, unless there are too many of them. Errors are always written.
    func tell(
        _ level: Logger.Level,
        _ message: Logger.Message,
        metadata: Logger.Metadata = [:],
        by logger: Logger? = nil
    ) {
        let logger = logger ?? self.logger
        guard logger.logLevel <= level else { return }
        if level < .error {
            guard case .write(let omitted) = logBudget.decide(at: ClockReading.now.nanoseconds) else { return }
            if omitted > 0 {
                self.logger.warning("too many lines about links", metadata: ["omitted": "\(omitted)"])
            }
        }
        logger.log(level: level, message, metadata: metadata)
    }

    private func routesChanged() {
        reachableNodes.publish(reachable: Set(state.routes.routes.keys.map(\.name)))
        let waiters = routeWaiters.values
        routeWaiters = [:]
        for connection in waiters { connection.routesChanged() }
    }

    private func deliver(_ payload: UnsafeRawBufferPointer, _ envelope: Envelope, at now: ClockReading) {
        receivers[envelope.destinationService]?.receive(payload, envelope, at: now)
    }

    // MARK: Links

    /// A session with someone was opened.
    func open(_ link: any MeshLink, _ options: LinkOptions) -> LinkID? {
        var id: LinkID?
        turn { now in
            let (opened, effects) = state.openLink(options, at: now.mesh)
            id = opened
            sessionCount += 1
            links[opened] = link
            perform(effects, at: now)
        }
        return id
    }

    /// A link's session is gone.
    func closed(_ link: LinkID) {
        turn { now in
            links[link] = nil
            sessionCount -= 1
            perform(state.linkClosed(link, at: now.mesh), at: now)
        }
        endStopIfDone()
    }

    /// How many links are open, established or not, or about to be closed.
    var linkCount: Int { sessionCount }

    /// Whether one more link may be taken. When there are too many, the oldest makes room of those that nobody has taken
    /// yet, from the host that has most of them: whoever opens many and says nothing keeps no neighbour out.
    func hasRoomForLink() -> Bool {
        guard sessionCount >= maximumLinks else { return true }
        var strangers: [String: (count: Int, oldest: LinkID)] = [:]
        for (id, link) in links {
            guard let host = link.strangerHost else { continue }
            let known = strangers[host] ?? (0, id)
            strangers[host] = (known.count + 1, min(known.oldest, id))
        }
        // Of hosts that have as many, the one whose link is the oldest.
        let most = strangers.values.max { ($0.count, $1.oldest) < ($1.count, $0.oldest) }
        guard let oldest = most?.oldest, let link = links[oldest] else { return false }
        link.drop()
        return true
    }

    /// A message came over a link; within a turn.
    ///
    /// - Returns: the link that the message went out by, when that has more than enough to send: its sender has to
    ///   wait.
    func receive(_ message: UnsafeRawBufferPointer, on link: LinkID, at now: ClockReading) -> (any MeshLink)? {
        guard let header = try? DataHeader(decoding: message.bytes) else {
            perform(state.receive(Array(message), on: link, at: now.mesh), at: now)
            return nil
        }
        switch state.decide(header, on: link, at: now.mesh) {
        case .forward(let next, let hopsToLive):
            guard let outgoing = links[next] else { return nil }
            outgoing.forward(message, hopsToLive: hopsToLive)
            return outgoing.isFull && !outgoing.isStalled ? outgoing : nil
        case .deliver(let envelope):
            deliver(UnsafeRawBufferPointer(rebasing: message[DataHeader.size...]), envelope, at: now)
        case .receive:
            perform(state.receive(Array(message), on: link, at: now.mesh), at: now)
        }
        return nil
    }

    /// Has a link send what was queued for it at the end of the turn.
    func markDirty(_ link: any MeshLink) {
        dirtyLinks.append(link)
        // Not in a turn: nobody else will come by.
        if !isInTurn { turnSoon() }
    }

    /// How long a link may take nothing from this node before it is closed.
    var longestStall: Duration { maximumIdleTime }

    // MARK: Datagrams

    /// How a datagram of this node goes out.
    enum Exit {
        /// Over this link, with that many hops to live.
        case link(any MeshLink, hopsToLive: UInt8)
        /// To a service of this node.
        case here
        /// Another way, or none.
        case other
    }

    func exit(for envelope: Envelope) -> Exit {
        switch state.decide(sending: envelope) {
        case .forward(let link, let hopsToLive): links[link].map { .link($0, hopsToLive: hopsToLive) } ?? .other
        case .deliver: .here
        case .receive: .other
        }
    }

    /// Sends a datagram to a service of this node, later in the turn.
    func loopBack(_ payload: [UInt8], _ envelope: Envelope) { loopedBack.append((envelope, payload)) }

    /// Sends a datagram whichever way it takes, within a turn.
    ///
    /// - Throws: when it is known at once that it will not arrive.
    func send(_ payload: [UInt8], _ envelope: Envelope, at now: ClockReading) throws(MeshError) {
        let effects = try state.send(
            payload[...],
            from: envelope.sourceService,
            to: envelope.destination,
            service: envelope.destinationService,
            at: now.mesh
        )
        perform(effects, at: now)
    }

    // MARK: Services

    /// Adds a service of this node.
    func register(_ service: LocalService, _ receiver: any DatagramReceiver) throws(MeshError) {
        let now = ClockReading.now
        try state.registerService(service, at: now.mesh)
        receivers[service.name] = receiver
        turn { _ in }
    }

    /// Gives a service with a random name to a receiver.
    func registerEphemeral(_ makeReceiver: (ServiceName) throws -> any DatagramReceiver) rethrows {
        let name = state.registerEphemeralService()
        do {
            receivers[name] = try makeReceiver(name)
        } catch {
            _ = state.unregisterService(name, at: ClockReading.now.mesh)
            throw error
        }
    }

    /// Removes a service of this node.
    func unregister(_ service: ServiceName) {
        turn { now in
            receivers[service] = nil
            perform(state.unregisterService(service, at: now.mesh), at: now)
        }
    }

    /// Says which types of work the control services of this node take.
    func setWorkCommands(_ commands: [WorkCommand]) {
        turn { now in state.setWorkCommands(commands, at: now.mesh) }
    }

    /// Replaces the firewall's rules.
    func setFirewall(_ firewall: Firewall) { state.firewall = firewall }

    // MARK: Pings

    /// Pings a node.
    ///
    /// - Returns: what to give it up by.
    func ping(_ target: NodeID, hopsToLive: UInt8, _ promise: EventLoopPromise<PingOutcome>) -> PingID? {
        guard !isStopped else {
            promise.succeed(.failed(MeshError(.shutDown, "this node stops")))
            return nil
        }
        var id: PingID?
        turn { now in
            let (ping, effects) = state.startPing(target, hopsToLive: hopsToLive, at: now.mesh)
            pings[ping] = promise
            id = ping
            perform(effects, at: now)
        }
        return id
    }

    /// Gives a ping up.
    func cancelPing(_ id: PingID) {
        state.cancelPing(id)
        pings.removeValue(forKey: id)?.fail(CancellationError())
    }

    // MARK: The end

    /// How long what ends in peace may take.
    private static let stopTime = TimeAmount.milliseconds(900)

    /// Ends everything: pings, streams, and then the links, after what was queued for them is out. May be called again.
    ///
    /// - Parameters:
    ///   - sources: what opens and takes links.
    ///   - done: kept when no session is open any more, or not soon enough.
    func stop(_ sources: [any LinkBackend], _ done: EventLoopPromise<Void>) {
        stopWaiters.append(done)
        if !isStopped {
            isStopped = true
            timer?.task.cancel()
            timer = nil
            endPings()
            endStreams()
            for source in sources { source.stop() }
            for link in Array(links.values) { link.close(.shutDown) }
            stopTimer = isolated.scheduleTask(in: Self.stopTime) { self.endStop() }
        }
        endStopIfDone()
    }

    private func endPings() {
        let pings = pings
        self.pings = [:]
        for (id, promise) in pings {
            state.cancelPing(id)
            promise.succeed(.failed(MeshError(.shutDown, "this node stops")))
        }
    }

    private func endStreams() {
        turn { _ in for receiver in Array(receivers.values) { receiver.close() } }
        // Each has at most a datagram to send, and what is for this node itself takes part in it.
        var turns = 0
        while !(due.isEmpty && loopedBack.isEmpty), turns < 1000 {
            turn { _ in }
            turns += 1
        }
        for receiver in Array(receivers.values) { receiver.abandon() }
        receivers = [:]
        routeWaiters = [:]
    }

    private func endStopIfDone() {
        if isStopped, sessionCount == 0 { endStop() }
    }

    private func endStop() {
        stopTimer?.cancel()
        stopTimer = nil
        let waiters = stopWaiters
        stopWaiters = []
        for waiter in waiters { waiter.succeed() }
    }

    /// Throws once the node stops.
    func checkRunning() throws(MeshError) {
        if isStopped { throw MeshError(.shutDown, "this node stops") }
    }
}
