internal import Logging
internal import NIOCore
internal import Netceptor
internal import QUIC

/// A service of this node that takes streams (mesh-protocol §4).
final class StreamListener: DatagramReceiver {
    let service: ServiceName
    private let core: MeshCore
    private let demultiplexer: QUICDemultiplexer
    private let accept: (StreamConnection) -> Void
    private var refused = 0
    private var connections: [ObjectIdentifier: StreamConnection] = [:]

    /// - Parameter accept: gets each connection whose stream is open.
    init(
        service: ServiceName,
        credentials: QUICCredentials,
        core: MeshCore,
        accept: @escaping (StreamConnection) -> Void
    ) {
        self.service = service
        self.core = core
        self.accept = accept
        demultiplexer = QUICDemultiplexer(
            credentials: credentials,
            configuration: StreamConnection.configuration,
            sendBudget: core.sendBudget
        )
    }

    func receive(_ datagram: UnsafeRawBufferPointer, _ envelope: Envelope, at now: ClockReading) {
        switch demultiplexer.receive(datagram, from: envelope.source.name, now: now.quic) {
        case .received(let quic):
            guard let connection = connections[ObjectIdentifier(quic)] else { return }
            core.schedule(connection)
        case .accepted(let quic, let dropped):
            if let dropped, let connection = connections[ObjectIdentifier(dropped)] { core.schedule(connection) }
            accept(quic, from: envelope)
        // Answers that are lost are asked for again.
        case .reply(let answer): try? core.send(answer, back(to: envelope), at: now)
        case .refused(let answer):
            refused += 1
            // Ever more rarely: a peer that wants more may ask as often as it can.
            if refused.nonzeroBitCount == 1 {
                let metadata: Logger.Metadata = ["node": "\(envelope.source)", "refused": "\(refused)"]
                core.tell(.warning, "streams refused: there are too many", metadata: metadata)
            }
            // As above.
            try? core.send(answer, back(to: envelope), at: now)
        case .ignored: break
        }
    }

    private func back(to envelope: Envelope) -> Envelope {
        Envelope(
            source: envelope.destination,
            destination: envelope.source,
            sourceService: service,
            destinationService: envelope.sourceService
        )
    }

    private func accept(_ quic: QUICConnection, from envelope: Envelope) {
        let connection = StreamConnection(quic, back(to: envelope), core: core) { [weak self] connection in
            self?.accept(connection)
        } onFinished: { [weak self] connection in
            self?.connections[ObjectIdentifier(connection.quic)] = nil
        }
        connections[ObjectIdentifier(quic)] = connection
        connection.limitOpening()
        core.schedule(connection)
    }

    func noticeUnreachable(_ notice: UnreachableNotice, at now: ClockReading) {
        // The dialer's service is gone, and its connection with it.
        for connection in Array(connections.values) where connection.isConcerned(by: notice) {
            connection.noticeUnreachable(notice, at: now)
        }
    }

    func nodeRestarted(_ node: NodeID, at now: ClockReading) {
        for connection in Array(connections.values) { connection.nodeRestarted(node, at: now) }
    }

    func clockJumped(at now: ClockReading) {
        for connection in Array(connections.values) { connection.clockJumped(at: now) }
    }

    /// Takes no more connections; those that there are go on.
    func stopAccepting() { demultiplexer.isAccepting = false }

    func close() {
        stopAccepting()
        for connection in Array(connections.values) { connection.close(reason: "the node stops") }
    }

    func abandon() {
        for connection in Array(connections.values) { connection.abandon() }
        connections = [:]
    }
}
