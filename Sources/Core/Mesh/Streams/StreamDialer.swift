internal import Netceptor
internal import QUIC

/// One connection to a service of a node, and the service with a random name that it comes from.
final class StreamDialer: DatagramReceiver {
    private let connection: StreamConnection
    private let remote: (node: NodeID, service: ServiceName)
    private let core: MeshCore

    private init(connection: StreamConnection, remote: (node: NodeID, service: ServiceName), core: MeshCore) {
        self.connection = connection
        self.remote = remote
        self.core = core
    }

    /// Begins to connect.
    ///
    /// - Parameter completion: called once, when the stream is there for use or will not be.
    /// - Returns: what gives the attempt up, if it still goes on.
    static func dial(
        _ node: NodeID,
        _ service: ServiceName,
        credentials: QUICCredentials,
        core: MeshCore,
        _ completion: @escaping (Result<StreamConnection, any Error>) -> Void
    ) -> () -> Void {
        // What ends a connection that was open is no failure to connect.
        var completion: ((Result<StreamConnection, any Error>) -> Void)? = completion
        let complete = { (result: Result<StreamConnection, any Error>) in
            completion?(result)
            completion = nil
        }
        weak var dialed: StreamConnection?
        do {
            try core.checkRunning()
            guard node == core.state.nodeID || core.state.routes.reaches(node) else {
                throw MeshError(.noRoute, "no route to node")
            }
            try core.registerEphemeral { name in
                let quic = try QUICConnection(
                    dialingAs: core.state.nodeID.name,
                    credentials: credentials,
                    configuration: StreamConnection.configuration,
                    sendBudget: (core.sendBudget, node.name),
                    now: ClockReading.now.quic
                )
                let envelope = Envelope(
                    source: core.state.nodeID,
                    destination: node,
                    sourceService: name,
                    destinationService: service
                )
                let connection = StreamConnection(quic, envelope, core: core) { connection in
                    complete(.success(connection))
                } onFinished: { _ in
                    core.unregister(name)
                }
                connection.whenFailed { complete(.failure($0)) }
                dialed = connection
                return StreamDialer(connection: connection, remote: (node, service), core: core)
            }
            // Not before the service is registered: a node's answers to itself come within the turn.
            if let dialed { core.turn { _ in core.schedule(dialed) } }
        } catch {
            complete(.failure(error))
        }
        return {
            guard completion != nil else { return }
            complete(.failure(CancellationError()))
            dialed?.close(reason: "given up")
        }
    }

    func receive(_ datagram: UnsafeRawBufferPointer, _ envelope: Envelope, at now: ClockReading) {
        guard envelope.source == remote.node, envelope.sourceService == remote.service else { return }
        connection.quic.receive(datagram, now: now.quic)
        core.schedule(connection)
    }

    func noticeUnreachable(_ notice: UnreachableNotice, at now: ClockReading) {
        if connection.isConcerned(by: notice) { connection.noticeUnreachable(notice, at: now) }
    }

    func nodeRestarted(_ node: NodeID, at now: ClockReading) { connection.nodeRestarted(node, at: now) }

    func clockJumped(at now: ClockReading) { connection.clockJumped(at: now) }

    func close() { connection.close(reason: "the node stops") }

    func abandon() { connection.abandon() }
}
