import QUIC
import TestSupport
import Testing

@Suite struct `A demultiplexer` {
    private let now = QUICInstant(nanoseconds: 1)
    private let buffer = [UInt8](repeating: 0, count: 2000)

    private func demultiplexer(_ limits: QUICDemultiplexer.Limits = .init()) throws -> QUICDemultiplexer {
        QUICDemultiplexer(credentials: try QUICCredentials(TestIdentities.insecure), limits: limits)
    }

    /// The first datagram of a new dialer.
    private func beginning() throws -> [UInt8] {
        let dialer = try QUICConnection(dialingAs: "foo", credentials: .insecureDialer(), now: now)
        return datagram(of: dialer)
    }

    private func datagram(of connection: QUICConnection) -> [UInt8] {
        var buffer = buffer
        let count = buffer.withUnsafeMutableBytes { connection.nextDatagram(into: $0, now: now) }
        return Array(buffer.prefix(count))
    }

    private struct Refused: Error {}

    private func accepted(_ outcome: QUICDemultiplexer.Outcome) -> QUICConnection? {
        if case .accepted(let connection, dropped: _) = outcome { connection } else { nil }
    }

    @Test func `is not impressed by garbage`() throws {
        let demultiplexer = try demultiplexer()
        var generator = SeededGenerator(seed: 11)
        for round in 0..<3000 {
            var bytes = (0..<Int.random(in: 0...1500, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if round % 3 == 0, bytes.count > 6 {
                // Garbage that says it is the beginning of a connection in QUIC v1.
                bytes.replaceSubrange(0..<6, with: [0xc0, 0, 0, 0, 1, 8])
            }
            let outcome = bytes.withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) }
            switch outcome {
            case .ignored, .reply, .refused: break
            case .accepted, .received: Issue.record("\(outcome)")
            }
        }
        #expect(demultiplexer.connectionCount == 0)
        #expect(demultiplexer.halfOpenCount == 0)
    }

    @Test func `ignores a beginning that was damaged`() throws {
        let demultiplexer = try demultiplexer()
        let whole = try beginning()
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<200 {
            var bytes = whole
            // Behind the header, whose versions and lengths are another matter.
            let position = Int.random(in: 60..<bytes.count, using: &generator)
            bytes[position] ^= UInt8.random(in: 1...255, using: &generator)
            let outcome = bytes.withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) }
            #expect(accepted(outcome) == nil)
        }
        #expect(demultiplexer.connectionCount == 0)
        #expect(whole.withUnsafeBytes { accepted(demultiplexer.receive($0, from: "foo", now: now)) } != nil)
    }

    @Test func `drops the oldest half-open connection for a new one where there are too many, of the node or in all`()
        throws
    {
        var limits = QUICDemultiplexer.Limits()
        limits.halfOpen = 5
        limits.halfOpenPerNode = 3
        limits.dropsPerSecond = 5
        let demultiplexer = try demultiplexer(limits)
        var kept: [QUICConnection] = []
        var moment = now
        /// Which one was dropped, counted from the first.
        func begin(_ node: String) throws -> Int? {
            let bytes = try beginning()
            moment = moment + .milliseconds(1)
            let outcome = bytes.withUnsafeBytes { demultiplexer.receive($0, from: node, now: moment) }
            guard case .accepted(let connection, let dropped) = outcome else { throw Refused() }
            kept.append(connection)
            #expect(dropped?.isFinished != false)
            return kept.firstIndex { $0 === dropped }
        }
        #expect(try (0..<5).map { _ in try begin("foo") } == [nil, nil, nil, 0, 1])
        #expect(try (0..<4).map { _ in try begin("bar") } == [nil, nil, 2, 5])
        #expect(try begin("baz") == 6)
        #expect(demultiplexer.halfOpenCount == 5)
        #expect(demultiplexer.connectionCount == 5)
        #expect(throws: Refused.self) { try begin("baz") }
        moment = moment + .seconds(1)
        #expect(try begin("baz") == 3)
        // Those that time out make room.
        for connection in kept {
            connection.handleTimeout(now: now + .seconds(18))
            #expect(connection.isFinished)
        }
        #expect(demultiplexer.halfOpenCount == 0)
        #expect(try begin("foo") == nil)
    }

    @Test func `lets nodes begin that have no half-open connections, whatever others use up`() throws {
        var limits = QUICDemultiplexer.Limits()
        limits.halfOpen = 4
        limits.crowdedDropsPerSecond = 1
        let demultiplexer = try demultiplexer(limits)
        var kept: [QUICConnection] = []
        func begins(_ node: String) throws -> Bool {
            let bytes = try beginning()
            let outcome = bytes.withUnsafeBytes { demultiplexer.receive($0, from: node, now: now) }
            guard case .accepted(let connection, _) = outcome else { return false }
            kept.append(connection)
            return true
        }
        #expect(try (0..<7).map { _ in try begins("foo") } == [true, true, true, true, true, false, false])
        #expect(try begins("bar") && begins("baz"))
        #expect(demultiplexer.halfOpenCount == 4)
    }

    @Test func `refuses more connections than a node may have, and says so`() throws {
        var limits = QUICDemultiplexer.Limits()
        limits.connections = 3
        limits.connectionsPerNode = 2
        let demultiplexer = try demultiplexer(limits)
        var kept: [QUICConnection] = []
        func begin(_ node: String) throws -> String? {
            let dialer = try QUICConnection(dialingAs: node, credentials: .insecureDialer(), now: now)
            let bytes = datagram(of: dialer)
            switch bytes.withUnsafeBytes({ demultiplexer.receive($0, from: node, now: now) }) {
            case .accepted(let connection, dropped: _):
                kept.append(connection)
                return nil
            case .refused(let answer):
                answer.withUnsafeBytes { dialer.receive($0, now: now) }
                guard case .closed(let closure) = dialer.nextEvent() else { return "not closed" }
                return closure.description
            default: return "something else"
            }
        }
        let refusal = "the peer refuses the connection: there are too many already"
        #expect(try (0..<3).map { _ in try begin("foo") } == [nil, nil, refusal])
        #expect(try (0..<2).map { _ in try begin("bar") } == [nil, refusal])
        // Room for others when one goes.
        kept.removeFirst()
        #expect(try begin("bar") == nil)
    }

    @Test func `gives each connection a smaller window the more there are`() throws {
        var limits = QUICDemultiplexer.Limits()
        limits.windows = 8 << 20
        limits.windowsPerNode = 4 << 20
        let demultiplexer = try demultiplexer(limits)
        var windows: [Int] = []
        var kept: [QUICConnection] = []
        for node in ["foo", "foo", "foo", "bar"] {
            let bytes = try beginning()
            let outcome = bytes.withUnsafeBytes { demultiplexer.receive($0, from: node, now: now) }
            let connection = try #require(accepted(outcome))
            windows.append(connection.configuration.maximumConnectionWindow)
            kept.append(connection)
        }
        #expect(windows == [4 << 20, 2 << 20, (4 << 20) / 3, 2 << 20])
        let standard = QUICDemultiplexer.Limits()
        #expect(standard.connections * QUICConfiguration().connectionWindow <= 1 << 30)
    }

    @Test func `forgets a connection with its last reference`() throws {
        let demultiplexer = try demultiplexer()
        let bytes = try beginning()
        var kept = accepted(bytes.withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) })
        #expect(kept != nil)
        #expect(demultiplexer.connectionCount == 1)
        kept = nil
        #expect(demultiplexer.connectionCount == 0)
        #expect(demultiplexer.halfOpenCount == 0)
    }

    @Test func `finds a connection by the ID that the client chose first, also when packets are repeated`() throws {
        let demultiplexer = try demultiplexer()
        let bytes = try beginning()
        let connection = accepted(bytes.withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) })
        let again = bytes.withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) }
        guard case .received(let found) = again else {
            Issue.record("\(again)")
            return
        }
        #expect(found === connection)
        #expect(demultiplexer.connectionCount == 1)
    }

    @Test func `does not give a connection datagrams of another node`() throws {
        let demultiplexer = try demultiplexer()
        let bytes = try beginning()
        let connection = accepted(bytes.withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) })
        let outcome = bytes.withUnsafeBytes { demultiplexer.receive($0, from: "mallory", now: now) }
        guard case .ignored = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(connection?.isFinished == false)
    }

    @Test func `answers other versions of QUIC with the one that it speaks`() throws {
        let demultiplexer = try demultiplexer()
        var bytes = try beginning()
        bytes.replaceSubrange(1..<5, with: [0x1a, 0x2a, 0x3a, 0x4a])
        let outcome = bytes.withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) }
        guard case .reply(let answer) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(answer[0] & 0x80 != 0)
        #expect(answer[1..<5] == [0, 0, 0, 0])
        #expect(answer.suffix(4) == [0, 0, 0, 1])
        // The IDs change places.
        let destination = bytes[6..<6 + Int(bytes[5])]
        #expect(answer.dropLast(4).suffix(destination.count) == destination)
        // An answer is no larger than what it answers, and a short datagram gets none.
        let short = bytes.prefix(1100).withUnsafeBytes { demultiplexer.receive($0, from: "foo", now: now) }
        guard case .ignored = short else {
            Issue.record("\(short)")
            return
        }
    }

    @Test func `that accepts nothing more goes on with what it has`() throws {
        let network = try VirtualNetwork.connected()
        network.demultiplexer.isAccepting = false
        let bytes = try beginning()
        let outcome = bytes.withUnsafeBytes { network.demultiplexer.receive($0, from: "foo", now: network.now) }
        guard case .ignored = outcome else {
            Issue.record("\(outcome)")
            return
        }
        _ = try network.openStream()
    }

    @Test func `shrugs off datagrams to a connection that are not its peer's`() throws {
        let network = try VirtualNetwork.connected()
        let listener = try network.accepted()
        let stream = try network.openStream()
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...1500, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            bytes.withUnsafeBytes {
                network.dialer.connection.receive($0, now: network.now)
                listener.connection.receive($0, now: network.now)
            }
        }
        network.dialer.connection.receive(UnsafeRawBufferPointer(start: nil, count: 0), now: network.now)
        try network.dialer.write("fine", to: stream)
        try network.run { listener.connection.readableBytes(on: stream) == 4 }
        #expect(network.isConnected)
    }
}
