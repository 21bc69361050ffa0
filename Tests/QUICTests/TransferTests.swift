import QUIC
import TestSupport
import Testing

@Suite struct `A transfer` {
    /// Sends the pattern both ways at a time on one stream.
    private func transfer(_ bytes: Int, over network: VirtualNetwork) throws {
        let stream = try network.openStream()
        let listener = try network.accepted()
        let writers = [PatternWriter(total: bytes), PatternWriter(total: bytes)]
        let readers = [PatternReader(), PatternReader()]
        func handler(_ side: Int) -> (Endpoint, QUICEvent) throws -> Void {
            return { endpoint, event in
                switch event {
                case .readable(stream): try readers[side].read(stream, of: endpoint.connection)
                case .writable(stream): try writers[side].write(to: stream, of: endpoint.connection)
                default: break
                }
            }
        }
        network.dialer.handler = handler(0)
        network.listenerHandler = handler(1)
        try writers[0].write(to: stream, of: network.dialer.connection)
        try writers[1].write(to: stream, of: listener.connection)
        try network.run { readers.allSatisfy { $0.end != nil } }
        for reader in readers {
            #expect(reader.end == .finished)
            #expect(reader.count == bytes)
            #expect(reader.isIntact)
        }
        try network.run { network.dialer.has(.streamClosed(stream)) && listener.has(.streamClosed(stream)) }
        #expect(network.dialer.closure == nil)
        #expect(listener.closure == nil)
    }

    @Test(arguments: [1252, 16_348])
    func `of 64 MiB each way arrives byte for byte in datagrams of the size that both allow`(size: Int) throws {
        var configuration = QUICConfiguration()
        configuration.maximumDatagramSize = size
        let network = try VirtualNetwork.connected(
            dialerConfiguration: configuration,
            listenerConfiguration: configuration
        )
        try transfer(64 << 20, over: network)
        #expect(network.toListener.longest == size)
        #expect(network.toDialer.longest == size)
    }

    @Test func `to a peer that takes 1,452 bytes is in datagrams of no more`() throws {
        var receptor = QUICConfiguration()
        receptor.maximumDatagramSize = 1452
        let network = try VirtualNetwork.connected(listenerConfiguration: receptor)
        try transfer(4 << 20, over: network)
        #expect(network.toListener.longest == 1452)
        #expect(network.toDialer.longest == 1452)
    }

    @Test(arguments: [1252, 16_348])
    func `survives a loss of one per cent and datagrams that overtake each other`(size: Int) throws {
        var configuration = QUICConfiguration()
        configuration.maximumDatagramSize = size
        let network = try VirtualNetwork.connected(
            seed: 7,
            dialerConfiguration: configuration,
            listenerConfiguration: configuration
        )
        network.toListener.lossPerMille = 10
        network.toDialer.lossPerMille = 10
        network.toListener.delayedPerMille = 20
        network.toDialer.delayedPerMille = 20
        try transfer(8 << 20, over: network)
    }

    @Test func `over a link that takes few datagrams at a time loses none of them`() throws {
        let network = try VirtualNetwork.connected()
        network.toListener.capacity = 3
        network.toDialer.capacity = 3
        try transfer(4 << 20, over: network)
        // About one datagram for each full one, and acknowledgements: nothing was sent twice.
        let full = (4 << 20) / 16_348
        #expect(network.toListener.sent < full * 2)
    }

    @Test func `survives datagrams that are damaged on the way`() throws {
        let network = try VirtualNetwork.connected()
        var generator = SeededGenerator(seed: 3)
        network.toListener.tamper = { bytes in
            guard Int.random(in: 0..<100, using: &generator) == 0 else { return }
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        try transfer(4 << 20, over: network)
    }

    @Test func `over a link with a long round trip fills the window`() throws {
        let network = try VirtualNetwork()
        network.toListener.latency = .milliseconds(20)
        network.toDialer.latency = .milliseconds(20)
        try network.run { network.isConnected }
        let start = network.now
        try transfer(32 << 20, over: network)
        // 40 ms there and back with half a megabyte at a time would take more than two and a half seconds.
        #expect(network.now - start < .seconds(2))
    }
}
