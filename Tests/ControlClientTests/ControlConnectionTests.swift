import ControlClient
import ControlTestSupport
import Glibc
import JSON
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A control connection` {
    @Test func `knows the node by its greeting and makes one command after the other`() throws {
        let server = try FakeControlServer([
            .say("Receptor Con"), .say("trol, node foo\n"),
            .hearLine, .say("{\"Version\":\"v1\"}\n"),
            .hearLine, .say("{\"From\":\"bar\",\"Success\":true}\r\n"),
        ])
        let connection = try ControlConnection(to: server.address)
        #expect(connection.nodeID == "foo")
        #expect(try connection.command("status") == ["Version": "v1"])
        #expect(try connection.command(.ping(target: "a\nb"))["Success"] == true)
        connection.close()
        #expect(server.finishAsText() == [["status\n", #"{"command":"ping","target":"a\nb"}"# + "\n"]])
    }

    @Test func `stays usable after an error`() throws {
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .say("ERROR: unknown work unit x\n"),
            .hearLine, .say("{\"cancelled\":\"y\"}\n"),
        ])
        let connection = try ControlConnection(to: server.address)
        #expect(throws: ControlError(.refused, "unknown work unit x")) { try connection.cancel("x") }
        #expect(try connection.cancel("y") == ("cancelled", "y"))
        _ = server.finish()
    }

    @Test func `does not send a plain command that holds a line break`() throws {
        let server = try FakeControlServer([FakeControlServer.greeting, .hearToEnd])
        let connection = try ControlConnection(to: server.address)
        #expect(throws: ControlError.self) { try connection.command("ping a\nwork list") }
        connection.close()
        #expect(server.finishAsText() == [[""]])
    }

    @Test func `says that a server with another greeting is no control socket`() throws {
        let server = try FakeControlServer([.say("220 mail ESMTP\n")])
        #expect {
            try ControlConnection(to: server.address)
        } throws: { error in
            guard let error = error as? ControlError else { return false }
            return error.code == .protocolViolation
                && error.message
                    == "\(server.address) does not look like a control socket: it greeted with 220 mail ESMTP"
        }
        _ = server.finish()
    }

    @Test func `does not wait for a greeting for ever`() throws {
        let server = try FakeControlServer([.hearToEnd])
        #expect {
            try ControlConnection(to: server.address, timeout: .milliseconds(20))
        } throws: {
            ($0 as? ControlError)?.message.hasSuffix("it sent no greeting") ?? false
        }
        _ = server.finish()
    }

    @Test func `does not take a greeting without end`() throws {
        let server = try FakeControlServer([.sayBytes(Array(repeating: 65, count: 200_000))])
        #expect(throws: ControlError.self) { try ControlConnection(to: server.address) }
        _ = server.finish()
    }

    @Test func `reports a node that goes away before it answers`() throws {
        let server = try FakeControlServer([FakeControlServer.greeting, .hearLine, .say("{\"half\":")])
        let connection = try ControlConnection(to: server.address)
        #expect { try connection.command("status") } throws: { ($0 as? ControlError)?.code == .connectionLost }
        _ = server.finish()
    }

    @Test func `reports a reply that is not JSON`() throws {
        let server = try FakeControlServer([FakeControlServer.greeting, .hearLine, .say("hello\n")])
        let connection = try ControlConnection(to: server.address)
        #expect { try connection.command("status") } throws: { ($0 as? ControlError)?.code == .protocolViolation }
        _ = server.finish()
    }

    @Test func `ends a wait when it is interrupted`() throws {
        let pipe = try Pipe()
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .signal(pipe.writeEnd), .hearToEnd,
        ])
        let connection = try ControlConnection(
            to: server.address,
            interruption: Interruption(descriptor: pipe.readEnd)
        )
        #expect { try connection.command("status") } throws: { ($0 as? ControlError)?.code == .interrupted }
        connection.close()
        _ = server.finish()
    }

    @Test func `goes through to the control service of another node`() throws {
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .say("Connecting\nReceptor Control, node bar\n"), .hearLine,
            .say("{}\n"),
        ])
        let connection = try ControlConnection(to: server.address)
        try connection.connect(toControlServiceOf: "bar")
        #expect(connection.nodeID == "bar")
        #expect(try connection.listUnits("u1", withTimes: true).isEmpty)
        #expect(
            server.finishAsText() == [
                [
                    #"{"command":"connect","node":"bar","service":"control","tls":""}"# + "\n",
                    #"{"command":"work","subcommand":"list","unitid":"u1","times":"true"}"# + "\n",
                ]
            ]
        )
    }

    @Test func `says why it cannot connect through`() throws {
        let server = try FakeControlServer([FakeControlServer.greeting, .hearLine, .say("ERROR: context canceled\n")])
        let connection = try ControlConnection(to: server.address)
        #expect(throws: ControlError(.refused, "context canceled")) {
            try connection.connect(toNode: "nosuch", service: "control")
        }
        _ = server.finish()
    }
}
