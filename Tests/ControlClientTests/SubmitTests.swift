import ControlClient
import ControlTestSupport
import Glibc
import JSON
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Submitting work` {
    private static let created = FakeControlServer.Step.say(
        "Work unit created with ID ohJa68Fy. Send stdin data and EOF.\n"
    )
    private static let started = FakeControlServer.Step.say(#"{"result":"Job Started","unitid":"ohJa68Fy"}"# + "\n")

    @Test func `sends the request, then the payload and its end`() throws {
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, Self.created, .hearToEnd, Self.started,
        ])
        let connection = try ControlConnection(to: server.address)
        let request = SubmitRequest(
            node: "bar",
            workType: "cat",
            parameters: ["params": "a b"],
            timeToLive: "1h",
            signsWork: true,
            tlsClient: "t"
        )
        #expect(try connection.beginSubmit(request) == "ohJa68Fy")
        try connection.sendPayload(.bytes(Array("hello\n".utf8)))
        #expect(try connection.finishSubmit()["result"] == "Job Started")
        let line =
            #"{"command":"work","subcommand":"submit","node":"bar","worktype":"cat","tlsclient":"t","ttl":"1h","#
            + #""signwork":"true","params":"a b"}"# + "\n"
        #expect(server.finishAsText() == [[line, "hello\n"]])
    }

    @Test func `sends a file from where it stands, and tells how far it is`() throws {
        let path = "/tmp/payload-\(getpid())"
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        unlink(path)
        defer { close(descriptor) }
        let content = [UInt8](repeating: 7, count: 3 << 20)
        #expect(content.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == content.count)
        lseek(descriptor, 10, SEEK_SET)
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, Self.created, .hearToEnd, Self.started,
        ])
        let connection = try ControlConnection(to: server.address)
        _ = try connection.beginSubmit(SubmitRequest(workType: "cat"))
        var progress: [Int64] = []
        try connection.sendPayload(.descriptor(descriptor)) { progress.append($0) }
        _ = try connection.finishSubmit()
        #expect(server.finish()[0][1].count == content.count - 10)
        #expect(progress.last == Int64(content.count - 10) && progress == progress.sorted())
    }

    @Test func `sends what comes through a pipe`() throws {
        let pipe = try Pipe()
        pipe.write("from a pipe")
        pipe.closeWriteEnd()
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, Self.created, .hearToEnd, Self.started,
        ])
        let connection = try ControlConnection(to: server.address)
        _ = try connection.beginSubmit(SubmitRequest(workType: "cat"))
        try connection.sendPayload(.descriptor(pipe.readEnd))
        _ = try connection.finishSubmit()
        #expect(server.finishAsText()[0][1] == "from a pipe")
    }

    @Test func `is refused with the words of the node`() throws {
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .say("ERROR: unknown work type nosuch\n"),
        ])
        let connection = try ControlConnection(to: server.address)
        #expect(throws: ControlError(.refused, "unknown work type nosuch")) {
            try connection.beginSubmit(SubmitRequest(workType: "nosuch"))
        }
        _ = server.finish()
    }

    @Test func `reports what the node says when it breaks off in the middle of the payload`() throws {
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, Self.created, .hear(5), .say("ERROR: no space left on device\n"),
        ])
        let connection = try ControlConnection(to: server.address)
        _ = try connection.beginSubmit(SubmitRequest(workType: "cat"))
        #expect(throws: ControlError(.refused, "no space left on device")) {
            try connection.sendPayload(.bytes([UInt8](repeating: 0, count: 32 << 20)))
        }
        _ = server.finish()
    }

    @Test func `can be interrupted while the payload does not end`() throws {
        let pipe = try Pipe()
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, Self.created, .hear(5), .signal(pipe.writeEnd), .hearToEnd,
        ])
        let connection = try ControlConnection(
            to: server.address,
            interruption: Interruption(descriptor: pipe.readEnd)
        )
        _ = try connection.beginSubmit(SubmitRequest(workType: "cat"))
        let input = try Pipe()
        input.write("12345")
        #expect { try connection.sendPayload(.descriptor(input.readEnd)) } throws: {
            ($0 as? ControlError)?.code == .interrupted
        }
        connection.close()
        _ = server.finish()
    }

    @Test(arguments: ["node", "worktype", "command", "subcommand"])
    func `does not let a parameter stand for another field`(name: String) throws {
        let request = SubmitRequest(workType: "cat", parameters: [name: "x"])
        let server = try FakeControlServer([FakeControlServer.greeting])
        let connection = try ControlConnection(to: server.address)
        #expect(throws: ControlError(.unsupported, "Duplicate or illegal parameter \(name)")) {
            try connection.beginSubmit(request)
        }
        _ = server.finish()
    }
}
