import ControlClient
import ControlTestSupport
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The results of a unit` {
    private static let streaming = "Streaming results for work unit u1\n"

    @Test func `are written as they come, those beside the first line too`() throws {
        let output = try Pipe()
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .say(Self.streaming + "one\n"), .say("two\n"), .hearToEnd,
        ])
        let stream = try ResultsStream(of: "u1", from: 5, over: ControlConnection(to: server.address))
        #expect(try stream.copy(to: output.writeEnd))
        #expect(stream.position == 13)
        #expect(output.drain() == "one\ntwo\n")
        #expect(
            server.finishAsText()[0]
                == [#"{"command":"work","subcommand":"results","unitid":"u1","startpos":5}"# + "\n", ""]
        )
    }

    @Test func `go on where they were after an interruption`() throws {
        let output = try Pipe()
        let interrupt = try Pipe()
        let isOpen = try Pipe()
        let goOn = try Pipe()
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .say(Self.streaming + "one\n"), .await(isOpen.readEnd),
            .signal(interrupt.writeEnd), .await(goOn.readEnd), .say("two\n"),
        ])
        let connection = try ControlConnection(
            to: server.address,
            interruption: Interruption(descriptor: interrupt.readEnd)
        )
        let stream = try ResultsStream(of: "u1", from: 0, over: connection)
        isOpen.write("x")
        #expect { while true { try stream.copy(to: output.writeEnd) } } throws: {
            ($0 as? ControlError)?.code == .interrupted
        }
        var byte: UInt8 = 0
        #expect(read(interrupt.readEnd, &byte, 1) == 1)
        goOn.write("x")
        #expect(try stream.copy(to: output.writeEnd))
        #expect(output.drain() == "one\ntwo\n")
        _ = server.finish()
    }

    @Test func `are left when nobody reads the output, even while the unit is silent`() throws {
        let output = try Pipe()
        output.closeReadEnd()
        let stop = try Pipe()
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .say(Self.streaming), .await(stop.readEnd),
        ])
        let stream = try ResultsStream(of: "u1", from: 0, over: ControlConnection(to: server.address))
        #expect { try stream.copy(to: output.writeEnd) } throws: { ($0 as? ControlError)?.code == .outputClosed }
        stop.write("x")
        _ = server.finish()
    }

    @Test func `of an unknown unit are refused`() throws {
        let server = try FakeControlServer([
            FakeControlServer.greeting, .hearLine, .say("ERROR: unknown work unit u1\n"),
        ])
        #expect(throws: ControlError(.refused, "unknown work unit u1")) {
            try ResultsStream(of: "u1", from: 0, over: ControlConnection(to: server.address))
        }
        _ = server.finish()
    }
}
