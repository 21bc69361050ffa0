import QUIC
import Testing

@Suite struct `Connections one after the other` {
    /// Makes a connection, uses it and ends it in one of several ways.
    private static func use(_ round: Int) throws {
        let network = try VirtualNetwork(seed: UInt64(round))
        try network.run { network.isConnected }
        let stream = try network.openStream()
        let listener = try network.accepted()
        try network.dialer.write(String(repeating: "x", count: 10_000), to: stream)
        try network.run { listener.connection.readableBytes(on: stream) == 10_000 }
        switch round % 4 {
        case 0: network.dialer.connection.close()
        case 1: listener.connection.reset(stream, code: 1)
        case 2:
            network.toListener.loseEverything()
            network.toListener.lossPerMille = 1000
        default: return
        }
        try network.run(for: .seconds(100))
    }

    @Test func `leave nothing behind`() async {
        // In a process of its own: it measures what the process allocates.
        await #expect(processExitsWith: .success) {
            for round in 0..<40 { try Self.use(round) }
            let before = Memory.allocated
            for round in 0..<200 { try Self.use(round) }
            let growth = Memory.allocated - before
            #expect(growth < 20 << 10, "\(growth) bytes, a hundred of each connection")
        }
    }

    @Test func `are freed with their last reference`() throws {
        weak var dialer: QUICConnection?
        weak var listener: QUICConnection?
        do {
            let network = try VirtualNetwork.connected()
            dialer = network.dialer.connection
            listener = network.listener?.connection
            #expect(dialer != nil && listener != nil)
        }
        #expect(dialer == nil && listener == nil)
    }
}
