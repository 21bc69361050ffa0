import Testing

@testable import QUIC

@Suite struct `What connections keep of what was written` {
    private static let limits = {
        var limits = QUICSendBudget.Limits()
        limits.total = 12 << 20
        limits.perNode = 6 << 20
        return limits
    }()

    /// Writes until no more is taken; the connection's peer is never heard of.
    private func fill(_ connection: QUICConnection, _ stream: StreamState) throws -> Int {
        let part = [UInt8](repeating: 7, count: 64 << 10)
        var taken = 0
        while true {
            let count = try part.withUnsafeBytes { try connection.write($0, to: stream.id) }
            guard count > 0 else { return taken }
            taken += count
        }
    }

    private func stream(_ connection: QUICConnection) -> StreamState {
        let id = QUICStreamID(rawValue: 0)
        let stream = StreamState(id: id, isLocal: true, account: connection.account)
        connection.streams[id] = stream
        return stream
    }

    private func connection(to node: String, _ budget: QUICSendBudget) throws -> QUICConnection {
        try QUICConnection(
            dialingAs: "foo",
            credentials: .insecureDialer(),
            sendBudget: (budget, node),
            now: QUICInstant(nanoseconds: 1)
        )
    }

    @Test func `is shared by the connections with a node and by all, and each keeps its floor`() throws {
        let budget = QUICSendBudget(limits: Self.limits)
        var kept: [QUICConnection] = []
        func taken(from node: String) throws -> Int {
            let connection = try connection(to: node, budget)
            kept.append(connection)
            return try fill(connection, stream(connection))
        }
        let configuration = QUICConfiguration()
        #expect(try taken(from: "bar") == configuration.sendQueueLimit)
        #expect(try taken(from: "bar") == 2 << 20)
        for _ in 0..<100 { #expect(try taken(from: "bar") == configuration.smallestSendQueueLimit) }
        // Another node has what is left in all, after the floors.
        #expect(try taken(from: "baz") == 12 << 20 - 6 << 20 - 100 * configuration.smallestSendQueueLimit)
    }

    @Test func `comes back with what has arrived, and with the end of a connection`() throws {
        let budget = QUICSendBudget(limits: Self.limits)
        let account = budget.account(for: "bar")
        let whole = account.room
        let first = try connection(to: "bar", budget)
        let written = stream(first)
        _ = try fill(first, written)
        #expect(account.room == 2 << 20)
        #expect(try first.room(on: written.id, atMost: .max) == 0)
        written.outgoing.markSent(3 << 20)
        first.streamAcknowledged(written.id, upTo: 3 << 20)
        #expect(first.nextEvent() == .writable(written.id))
        #expect(try first.room(on: written.id, atMost: .max) == 3 << 20)
        #expect(account.room == 2 << 20)
        written.promise(0)
        #expect(account.room == 5 << 20)
        var second: QUICConnection? = try connection(to: "bar", budget)
        if let second { _ = try fill(second, stream(second)) }
        #expect(account.room < 2 << 20)
        second = nil
        #expect(account.room == 5 << 20)
        first.streams = [:]
        #expect(whole == 6 << 20)
    }

    @Test func `is promised to one writer only, until that one writes or ends`() throws {
        let budget = QUICSendBudget(limits: Self.limits)
        let account = budget.account(for: "bar")
        let part = 512 << 10
        let connections = try (0..<20).map { _ in try connection(to: "bar", budget) }
        let streams = connections.map(stream)
        func promised(_ number: Int) throws -> Int {
            try connections[number].room(on: streams[number].id, atMost: part)
        }
        // Whoever asks again is not promised more than once.
        for _ in 0..<2 { #expect(try promised(0) == part) }
        for number in 1..<12 { #expect(try promised(number) == part) }
        #expect(account.room == 0)
        for number in 12..<20 { #expect(try promised(number) == QUICConfiguration().smallestSendQueueLimit) }
        let bytes = [UInt8](repeating: 7, count: part)
        for number in 1..<12 {
            #expect(try bytes.withUnsafeBytes { try connections[number].write($0, to: streams[number].id) } == part)
        }
        try connections[12].finish(streams[12].id)
        connections[13].reset(streams[13].id, code: 0)
        for number in 14..<20 { streams[number].promise(0) }
        streams[0].promise(0)
        #expect(account.room == part)
    }
}
