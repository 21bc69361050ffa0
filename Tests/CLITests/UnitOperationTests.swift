import ControlClient
import ControlTestSupport
import Testing

@testable import workceptorctl

@Suite struct `What is done to several units` {
    @Test func `is done to all of them though nothing can be written, and fails then`() throws {
        var done: [String] = []
        let operation = UnitOperation(title: "Cancelled:") { unit throws(ControlError) in
            done.append(unit)
            return ("cancelled", unit)
        }
        let full = ControlError(.outputFailed, "Failed to write the output: No space left on device")
        #expect(throws: full) { try operation.run(on: ["u1", "u2"]) { _ in throw full } }
        #expect(done == ["u1", "u2"])
    }

    @Test func `is told line by line, also after one that failed`() throws {
        var lines: [String] = []
        let operation = UnitOperation { unit throws(ControlError) in
            if unit == "u1" { throw ControlError(.refused, "unknown work unit u1") }
            return ("released", unit)
        }
        #expect(throws: CommandFailure(nil)) { try operation.run(on: ["u1", "u2"]) { lines.append($0) } }
        #expect(lines == ["(u2, released)"])
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A submitted unit that cannot be started` {
    private static let refusal: [FakeControlServer.Step] = [
        FakeControlServer.greeting, .hearLine,
        .say("Work unit created with ID u1. Send stdin data and EOF.\n"), .hearToEnd, .say("ERROR: cannot start\n"),
    ]

    private func submit(_ server: FakeControlServer, isReleased: Bool) throws -> [String] {
        var notes: [String] = []
        let submission = UnitSubmission(
            request: SubmitRequest(workType: "cat"),
            isReleasedOnFailure: isReleased,
            signals: nil,
            connect: { try ControlConnection(to: server.address, interruption: $0) },
            note: { notes.append($0) }
        )
        let failure = CommandFailure("Failed to start work unit: cannot start", exitCode: .submitFailed)
        #expect(throws: failure) { _ = try submission.run(.bytes([1])) }
        return notes
    }

    @Test func `is released where that was asked for`() throws {
        let server = try FakeControlServer(
            Self.refusal,
            [FakeControlServer.greeting, .hearLine, .say(#"{"released":"u1"}"# + "\n")]
        )
        #expect(try submit(server, isReleased: true) == [])
        #expect(server.finishAsText()[1] == [#"{"command":"work","subcommand":"release","unitid":"u1"}"# + "\n"])
    }

    @Test func `is named where it stays`() throws {
        let server = try FakeControlServer(Self.refusal)
        #expect(try submit(server, isReleased: false).joined().contains("work release u1"))
        _ = server.finish()
    }
}
