import QUIC
import Testing

@Suite struct `Back-pressure` {
    @Test func `of a reader that reads nothing stops the writer with bounded memory on both sides`() async {
        // In a process of its own: it measures what the process allocates.
        await #expect(processExitsWith: .success) {
            let network = try VirtualNetwork.connected()
            let stream = try network.openStream()
            let listener = try network.accepted()
            let configuration = QUICConfiguration()
            let before = Memory.allocated
            let writer = PatternWriter(total: 256 << 20)
            network.dialer.handler = { endpoint, event in
                if event == .writable(stream) { try writer.write(to: stream, of: endpoint.connection) }
            }
            try writer.write(to: stream, of: network.dialer.connection)
            try network.run(for: .seconds(120))

            let held = listener.connection.readableBytes(on: stream)
            #expect(held <= configuration.streamWindow)
            #expect(held > configuration.streamWindow / 2)
            #expect(writer.written <= configuration.streamWindow + configuration.sendQueueLimit)
            #expect(Memory.allocated - before < configuration.streamWindow + configuration.sendQueueLimit + 1 << 20)
            #expect(network.dialer.closure == nil)
        }
    }

    @Test func `of a slow reader slows the writer down, and every byte arrives`() throws {
        var configuration = QUICConfiguration()
        configuration.sendQueueLimit = 256 << 10
        let network = try VirtualNetwork.connected(
            dialerConfiguration: configuration,
            listenerConfiguration: configuration
        )
        let stream = try network.openStream()
        let listener = try network.accepted()
        let total = 8 << 20
        let writer = PatternWriter(total: total)
        let reader = PatternReader()
        network.dialer.handler = { endpoint, event in
            if event == .writable(stream) { try writer.write(to: stream, of: endpoint.connection) }
        }
        try writer.write(to: stream, of: network.dialer.connection)
        var largest = 0
        while reader.end == nil {
            try network.run(for: .milliseconds(10))
            largest = max(largest, listener.connection.readableBytes(on: stream))
            #expect(writer.written - reader.count <= configuration.sendQueueLimit + configuration.maximumStreamWindow)
            try reader.read(stream, of: listener.connection, atMost: 100_000)
        }
        #expect(reader.isIntact && reader.count == total)
        #expect(largest <= configuration.maximumStreamWindow)
    }

    @Test func `of the connection's window holds all streams together`() throws {
        let network = try VirtualNetwork.connected()
        let listener = try network.accepted()
        let streams = try (0..<20).map { _ in try network.openStream() }
        for stream in streams {
            try PatternWriter(total: 1 << 20).write(to: stream, of: network.dialer.connection)
        }
        try network.run(for: .seconds(20))
        let held = streams.map { listener.connection.readableBytes(on: $0) }.reduce(0, +)
        #expect(held <= QUICConfiguration().connectionWindow)
        // Reading any of them lets the others go on.
        let readers = streams.map { _ in PatternReader() }
        try network.run {
            for (stream, reader) in zip(streams, readers) where reader.end == nil {
                try reader.read(stream, of: listener.connection)
            }
            return readers.allSatisfy { $0.end == .finished }
        }
        #expect(readers.allSatisfy { $0.isIntact && $0.count == 1 << 20 })
    }

    @Test func `of a full link keeps everything until there is room again`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let listener = try network.accepted()
        network.toListener.capacity = 0
        try network.dialer.write("held", to: stream)
        try network.run(for: .seconds(10))
        #expect(listener.connection.readableBytes(on: stream) == 0)
        network.toListener.capacity = 10
        try network.run { listener.connection.readableBytes(on: stream) == 4 }
    }

    @Test func `wakes a writer only when there is room worth the while`() throws {
        var configuration = QUICConfiguration()
        configuration.sendQueueLimit = 1 << 20
        let network = try VirtualNetwork.connected(dialerConfiguration: configuration)
        let stream = try network.openStream()
        let reader = PatternReader()
        var roomWhenWoken: [Int] = []
        let writer = PatternWriter(total: 16 << 20)
        network.dialer.handler = { endpoint, event in
            guard event == .writable(stream) else { return }
            let before = writer.written
            try writer.write(to: stream, of: endpoint.connection)
            // The last part may be smaller than the room there is for it.
            if !writer.isFinished { roomWhenWoken.append(writer.written - before) }
        }
        network.listenerHandler = { endpoint, event in
            if event == .readable(stream) { try reader.read(stream, of: endpoint.connection) }
        }
        try writer.write(to: stream, of: network.dialer.connection)
        try network.run { reader.end != nil }
        #expect(!roomWhenWoken.isEmpty && roomWhenWoken.allSatisfy { $0 >= 512 << 10 })
        #expect(reader.isIntact)
    }
}
