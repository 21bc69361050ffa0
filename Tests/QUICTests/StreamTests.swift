import QUIC
import Testing

@Suite struct `A stream` {
    @Test func `half-closed by the dialer still carries the listener's answer`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let listener = try network.accepted()
        try network.dialer.write("question", to: stream)
        try network.dialer.connection.finish(stream)
        var question = ""
        try network.run {
            let (text, end) = try listener.read(stream)
            question += text
            return end == .finished
        }
        #expect(question == "question")
        try network.run(for: .seconds(5))
        #expect(!network.dialer.has(.streamClosed(stream)))

        try listener.write("answer", to: stream)
        try listener.connection.finish(stream)
        var answer = ""
        try network.run {
            let (text, end) = try network.dialer.read(stream)
            answer += text
            return end == .finished
        }
        #expect(answer == "answer")
        try network.run { network.dialer.has(.streamClosed(stream)) && listener.has(.streamClosed(stream)) }
    }

    @Test func `half-closed by the listener still carries what the dialer sends`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let listener = try network.accepted()
        try listener.connection.finish(stream)
        try network.run { try network.dialer.read(stream).end == .finished }
        try network.dialer.write("late", to: stream)
        try network.dialer.connection.finish(stream)
        try network.run { listener.connection.readableBytes(on: stream) == 4 }
        #expect(try listener.read(stream) == ("late", .finished))
    }

    @Test func `with an end and no bytes is seen to end`() throws {
        let network = try VirtualNetwork.connected()
        let listener = try network.accepted()
        let stream = try network.dialer.connection.openStream()
        try network.dialer.connection.finish(stream)
        try network.run { listener.has(.streamOpened(stream)) && listener.has(.readable(stream)) }
        #expect(try listener.read(stream) == ("", .finished))
        try listener.connection.finish(stream)
        try network.run { network.dialer.has(.streamClosed(stream)) }
        #expect(try network.dialer.read(stream) == ("", .finished))
    }

    @Test func `given up by its writer tells the reader the code and drops what was not read`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let listener = try network.accepted()
        try network.dialer.write("unread", to: stream)
        try network.run { listener.connection.readableBytes(on: stream) == 6 }
        network.dialer.connection.reset(stream, code: 499)
        try network.run { listener.connection.readableBytes(on: stream) == 0 }
        #expect(try listener.read(stream) == ("", .reset(499)))
        #expect(throws: QUICError.self) { try network.dialer.connection.finish(stream) }
        // The other direction goes on.
        try listener.write("still there", to: stream)
        try network.run { network.dialer.connection.readableBytes(on: stream) == 11 }
    }

    @Test func `unwanted by its reader tells the writer, even one that waits for room`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        let listener = try network.accepted()
        let writer = PatternWriter(total: 64 << 20)
        try writer.write(to: stream, of: network.dialer.connection)
        try network.run(for: .seconds(1))
        listener.connection.stopReading(stream, code: 499)
        try network.run { network.dialer.has(.stopped(stream)) }
        #expect(!network.dialer.has(.writable(stream)))
        #expect { try network.dialer.write("more", to: stream) } throws: {
            ($0 as? QUICError)?.code == .streamNotWritable
        }
        #expect(throws: QUICError.self) { try listener.read(stream) }
        // What was dropped does not count against the connection: a second stream has the whole window.
        try expectWorkingStream(of: network, bytes: 4 << 20)
    }

    @Test func `unwanted by its reader tells a writer that writes nothing`() throws {
        let network = try VirtualNetwork.connected()
        let stream = try network.openStream()
        try network.accepted().connection.stopReading(stream, code: 499)
        try network.run { network.dialer.has(.stopped(stream)) }
    }

    @Test func `can be opened as often as the peer allows, again when one is done with`() throws {
        var few = QUICConfiguration()
        few.maximumStreams = 3
        let network = try VirtualNetwork.connected(listenerConfiguration: few)
        let listener = try network.accepted()
        let streams = try (0..<3).map { _ in try network.dialer.connection.openStream() }
        #expect { try network.dialer.connection.openStream() } throws: {
            ($0 as? QUICError)?.code == .streamLimitReached
        }
        for stream in streams.prefix(2) {
            try network.dialer.connection.finish(stream)
            try network.run { listener.has(.streamOpened(stream)) && listener.has(.readable(stream)) }
            try listener.connection.finish(stream)
        }
        // Both are done on the wire; a place is free for the one that was read to its end.
        try network.run { streams.prefix(2).allSatisfy { listener.has(.streamClosed($0)) } }
        #expect(try listener.read(streams[0]).end == .finished)
        #expect(throws: QUICError.self) { try listener.read(streams[0]) }
        try network.run { (try? network.dialer.connection.openStream()) != nil }
        #expect(throws: QUICError.self) { try network.dialer.connection.openStream() }
    }

    @Test func `gets its share of the connection`() throws {
        let network = try VirtualNetwork.connected()
        network.toListener.capacity = 2
        let listener = try network.accepted()
        let streams = try (0..<4).map { _ in try network.openStream() }
        let writers = streams.map { _ in PatternWriter(total: 8 << 20) }
        let readers = streams.map { _ in PatternReader() }
        network.dialer.handler = { endpoint, event in
            guard case .writable(let stream) = event, let index = streams.firstIndex(of: stream) else { return }
            try writers[index].write(to: stream, of: endpoint.connection)
        }
        network.listenerHandler = { endpoint, event in
            guard case .readable(let stream) = event, let index = streams.firstIndex(of: stream) else { return }
            try readers[index].read(stream, of: endpoint.connection)
        }
        for (stream, writer) in zip(streams, writers) {
            try writer.write(to: stream, of: network.dialer.connection)
        }
        try network.run { readers.contains { $0.end != nil } }
        #expect(readers.allSatisfy { $0.count > 6 << 20 })
        try network.run { readers.allSatisfy { $0.end == .finished } }
        #expect(readers.allSatisfy { $0.isIntact && $0.count == 8 << 20 })
        #expect(listener.closure == nil)
    }

    /// Sends bytes on a new stream and expects them to arrive.
    private func expectWorkingStream(of network: VirtualNetwork, bytes: Int) throws {
        let stream = try network.openStream()
        let reader = PatternReader()
        let writer = PatternWriter(total: bytes)
        network.dialer.handler = { endpoint, event in
            if event == .writable(stream) { try writer.write(to: stream, of: endpoint.connection) }
        }
        network.listenerHandler = { endpoint, event in
            if event == .readable(stream) { try reader.read(stream, of: endpoint.connection) }
        }
        try writer.write(to: stream, of: network.dialer.connection)
        try network.run { reader.end != nil }
        #expect(reader.isIntact && reader.count == bytes)
    }
}
