import QUIC
import Testing

@Suite struct `A silent peer` {
    @Test func `ends a connection attempt after fifteen seconds`() throws {
        let network = try VirtualNetwork()
        network.toListener.lossPerMille = 1000
        let start = network.now
        try network.run { network.dialer.closure != nil }
        #expect(network.dialer.closure?.error?.code == .handshakeTimedOut)
        #expect(network.dialer.closure?.description == "the peer did not answer for 15 s")
        #expect(network.now - start >= .seconds(15))
        #expect(network.now - start < .seconds(16))
        #expect(network.dialer.connection.isFinished)
        #expect(network.dialer.connection.deadline == nil)
    }

    @Test func `that begins a handshake and vanishes costs a listener fifteen seconds`() throws {
        let network = try VirtualNetwork()
        network.toDialer.lossPerMille = 1000
        try network.run { network.listener != nil }
        network.toListener.lossPerMille = 1000
        let start = network.now
        let listener = try network.accepted()
        try network.run { listener.closure != nil }
        #expect(listener.closure?.error?.code == .handshakeTimedOut)
        #expect(network.now - start < .seconds(17))
        #expect(network.demultiplexer.connectionCount == 0)
        #expect(network.demultiplexer.halfOpenCount == 0)
    }

    @Test func `ends an established connection after thirty seconds`() throws {
        let network = try VirtualNetwork.connected()
        try network.run(for: .seconds(1))
        network.toListener.lossPerMille = 1000
        network.toDialer.lossPerMille = 1000
        let start = network.now
        let listener = try network.accepted()
        try network.run { network.dialer.closure != nil && listener.closure != nil }
        for endpoint in [network.dialer, listener] {
            #expect(endpoint.closure?.error?.code == .idleTimedOut)
            #expect(endpoint.connection.isFinished)
        }
        #expect(network.now - start > .seconds(25))
        #expect(network.now - start < .seconds(46))
        #expect(network.demultiplexer.connectionCount == 0)
    }

    @Test func `is kept by the dialer's keep-alive for as long as it is there`() throws {
        let network = try VirtualNetwork.connected()
        try network.run(for: .seconds(1))
        let sent = network.toListener.sent
        let steps = network.steps
        try network.run(for: .seconds(600))
        #expect(network.isConnected)
        #expect((30...90).contains(network.toListener.sent - sent))
        // The timer is not woken for nothing.
        #expect(network.steps - steps < 500)
    }

    @Test func `without a keep-alive ends a connection that nobody uses`() throws {
        var configuration = QUICConfiguration()
        configuration.keepAliveInterval = nil
        let network = try VirtualNetwork.connected(dialerConfiguration: configuration)
        try network.run { network.dialer.closure != nil }
        #expect(network.dialer.closure?.error?.code == .idleTimedOut)
    }

    @Test func `that is back before the time-out loses nothing`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let listener = try network.accepted()
        network.toListener.lossPerMille = 1000
        try network.dialer.write("patience", to: stream)
        try network.run(for: .seconds(20))
        network.toListener.lossPerMille = 0
        try network.run { listener.connection.readableBytes(on: stream) == 8 }
    }
}
