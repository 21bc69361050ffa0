import QUIC
import Testing

@Suite struct `A handshake` {
    @Test func `completes on both sides and lets the dialer open streams`() throws {
        let network = try VirtualNetwork()
        #expect(throws: QUICError.self) { try network.dialer.connection.openStream() }
        try network.run { network.isConnected }
        #expect(network.dialer.has(.handshakeCompleted))
        #expect(try network.accepted().has(.handshakeCompleted))
        #expect(network.demultiplexer.halfOpenCount == 1)
        let stream = try network.openStream()
        #expect(try network.accepted().openedStream == stream)
        #expect(network.demultiplexer.halfOpenCount == 0)
        #expect(network.demultiplexer.connectionCount == 1)
    }

    @Test func `sends no datagram of more than 1,252 bytes`() throws {
        let network = try VirtualNetwork()
        try network.run { network.isConnected }
        #expect(network.toListener.longest <= 1252)
        #expect(network.toDialer.longest <= 1252)
        #expect(network.toListener.longest >= 1200)
    }

    @Test func `takes less than ten milliseconds where datagrams take none`() throws {
        let network = try VirtualNetwork()
        let start = network.now
        try network.run { network.isConnected }
        #expect(network.now - start < .milliseconds(10))
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `completes although a fifth of the datagrams is lost and others overtake each other`(seed: UInt64) throws {
        let network = try VirtualNetwork(seed: seed)
        network.toListener.lossPerMille = 200
        network.toDialer.lossPerMille = 200
        network.toListener.delayedPerMille = 300
        network.toDialer.delayedPerMille = 300
        try network.run { network.isConnected }
        #expect(network.demultiplexer.connectionCount == 1)
    }

    @Test func `with a service that has a real certificate is refused with the error that says so`() throws {
        let network = try VirtualNetwork(listenerIdentity: .selfSigned(commonName: "bar"))
        try network.run { network.dialer.closure != nil && network.listener?.closure != nil }
        #expect(network.dialer.closure?.error?.code == .insecureConnectionToSecureService)
        #expect(network.dialer.closure?.description == "insecure connection to secure service")
        #expect(!network.dialer.has(.handshakeCompleted))
        let closure = try network.accepted().closure
        #expect(closure?.origin == .peerTransport)
        #expect(closure?.error?.code == .handshakeFailed)
        #expect(try network.accepted().has(.handshakeCompleted) == false)
    }

    @Test func `between applications of different protocols fails`() throws {
        var other = QUICConfiguration()
        other.applicationProtocol = "h3"
        let network = try VirtualNetwork(dialerConfiguration: other)
        try network.run { network.dialer.closure != nil && network.listener?.closure != nil }
        #expect(network.dialer.closure?.error?.code == .handshakeFailed)
        #expect(try network.accepted().closure?.error?.code == .handshakeFailed)
    }

    @Test(arguments: [
        "a_b", "node.with-all.kinds_of:characters@1", "käse", "with space", String(repeating: "n", count: 300),
    ])
    func `completes for node IDs that DNS would not allow`(node: String) throws {
        let network = try VirtualNetwork(serverName: node)
        try network.run { network.isConnected }
    }
}
