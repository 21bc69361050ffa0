import ControlClient
import ControlTestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A bridge to a service` {
    private static let connecting = FakeControlServer.Step.say("Connecting\nhello ")

    @Test func `carries both directions and passes the end on`() throws {
        let input = try Pipe()
        let output = try Pipe()
        input.write("question")
        input.closeWriteEnd()
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, Self.connecting, .hearToEnd, .say("answer"),
        ])
        let connection = try ControlConnection(to: server.address)
        try connection.connect(toNode: "bar", service: "svc")
        var bridge = Bridge(connection: connection, input: input.readEnd, output: output.writeEnd)
        try bridge.run()
        #expect(output.drain() == "hello answer")
        #expect(server.finishAsText()[0][1] == "question")
    }

    @Test func `ends when the filter says so`() throws {
        let input = try Pipe()
        let output = try Pipe()
        input.write("x")
        let server = try FakeControlServer([FakeControlServer.greeting, .hearLine, Self.connecting, .hearToEnd])
        let connection = try ControlConnection(to: server.address)
        try connection.connect(toNode: "bar", service: "svc")
        var bridge = Bridge(connection: connection, input: input.readEnd, output: output.writeEnd)
        try bridge.run { _ in false }
        connection.close()
        #expect(server.finishAsText()[0][1] == "")
    }
}
