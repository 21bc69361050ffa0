import QUIC
import Testing

@Suite struct `Closing` {
    @Test func `normally is no error on either side, and both fall silent`() throws {
        let network = try VirtualNetwork.connected()
        let listener = try network.accepted()
        network.dialer.connection.close()
        try network.run { listener.closure != nil }
        #expect(network.dialer.closure == QUICClosure(origin: .local, code: 0, reason: "normal close"))
        #expect(listener.closure == QUICClosure(origin: .peerApplication, code: 0, reason: "normal close"))
        #expect(!network.dialer.connection.isFinished)
        try network.run(for: .seconds(5))
        #expect(network.dialer.connection.isFinished)
        #expect(listener.connection.isFinished)
        #expect(network.demultiplexer.connectionCount == 0)
    }

    @Test func `with a code tells the peer the code and the reason, in one line`() throws {
        let network = try VirtualNetwork.connected()
        let listener = try network.accepted()
        listener.connection.close(code: 500, reason: "cannot\naccept")
        try network.run { network.dialer.closure != nil }
        let closure = network.dialer.closure
        #expect(closure?.origin == .peerApplication)
        #expect(closure?.code == 500)
        #expect(closure?.reason == "cannot accept")
        #expect(closure?.error == QUICError(.closedByPeer, "closed by the peer with code 500: cannot accept"))
        #expect(listener.closure?.error?.code == .connectionClosed)
    }

    @Test func `leaves what has arrived to the reader`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let other = try network.openStream()
        let listener = try network.accepted()
        try listener.write("all of it", to: stream)
        try listener.connection.finish(stream)
        try listener.write("a part", to: other)
        try network.run { network.dialer.connection.readableBytes(on: other) == 6 }
        listener.connection.close()
        try network.run { network.dialer.closure != nil }
        #expect(try network.dialer.read(stream) == ("all of it", .finished))
        #expect(try network.dialer.read(other) == ("a part", .connectionClosed))
    }

    @Test func `refuses everything afterwards`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        network.dialer.connection.close()
        network.dialer.connection.close(code: 7, reason: "twice")
        for operation in [
            { try network.dialer.write("x", to: stream) },
            { try network.dialer.connection.finish(stream) },
            { _ = try network.dialer.connection.openStream() },
        ] {
            #expect { try operation() } throws: { ($0 as? QUICError)?.code == .connectionClosed }
        }
        network.dialer.connection.reset(stream, code: 1)
        network.dialer.connection.stopReading(stream, code: 1)
        try network.run(for: .seconds(1))
        #expect(network.dialer.events.filter { if case .closed = $0 { true } else { false } }.count == 1)
    }

    @Test func `is repeated to a peer that has not heard of it`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let listener = try network.accepted()
        network.toListener.lossPerMille = 1000
        network.dialer.connection.close()
        try network.run(for: .milliseconds(1))
        network.toListener.lossPerMille = 0
        try listener.write("are you there?", to: stream)
        try network.run(within: .seconds(1)) { listener.closure != nil }
        #expect(listener.closure?.code == 0)
    }

    @Test func `before the first datagram is silent`() throws {
        let network = try VirtualNetwork()
        network.dialer.connection.close()
        try network.run { network.dialer.closure != nil }
        #expect(network.toListener.sent == 0)
        #expect(network.dialer.connection.isFinished)
    }

    @Test func `during the handshake ends the attempt on both sides`() throws {
        let network = try VirtualNetwork()
        network.toDialer.lossPerMille = 1000
        try network.run { network.listener != nil }
        network.dialer.connection.close()
        let listener = try network.accepted()
        try network.run(within: .seconds(5)) { listener.closure != nil }
        #expect(listener.closure?.origin == .peerTransport)
        #expect(listener.closure?.error?.code == .closedByPeer)
        #expect(network.demultiplexer.halfOpenCount == 0)
    }
}
