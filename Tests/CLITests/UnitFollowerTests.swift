import ControlClient
import ControlTestSupport
import Testing

@testable import workceptorctl

@Suite(.timeLimit(.minutes(1))) struct `Following a unit` {
    private static let streaming = "Streaming results for work unit u1\n"

    private static func status(_ state: Int, size: Int) -> FakeControlServer.Step {
        .say(#"{"State":\#(state),"Detail":"exit status 0","StdoutSize":\#(size),"WorkType":"cat"}"# + "\n")
    }

    private static func results(_ text: String) -> [FakeControlServer.Step] {
        [FakeControlServer.greeting, .hearLine, .say(streaming + text)]
    }

    private static func answer(_ step: FakeControlServer.Step) -> [FakeControlServer.Step] {
        [FakeControlServer.greeting, .hearLine, step]
    }

    private func follow(
        _ server: FakeControlServer,
        isKnown: Bool = false
    ) throws -> (outcome: FollowResult, output: String, notes: [String]) {
        let output = try Pipe()
        var notes: [String] = []
        let outcome = try withoutActuallyEscaping({ notes.append($0) }) { note in
            var follower = UnitFollower(
                unitID: "u1",
                output: output.writeEnd,
                isKnown: isKnown,
                connect: { try ControlConnection(to: server.address, interruption: $0) },
                note: note
            )
            return try follower.run()
        }
        return (outcome, output.drain(), notes)
    }

    @Test func `ends when the unit is complete and all of its output is written`() throws {
        let server = try FakeControlServer(Self.results("hello\n"), Self.answer(Self.status(2, size: 6)))
        let (outcome, output, notes) = try follow(server)
        #expect(outcome.status.state == .succeeded && output == "hello\n" && notes.isEmpty)
        _ = server.finish()
    }

    @Test func `goes on at the right byte when the node was restarted, and says so once`() throws {
        let server = try FakeControlServer(
            Self.results("one\n"),
            Self.answer(Self.status(1, size: 8)),
            Self.results("two\n"),
            [],
            Self.results("three\n"),
            Self.answer(Self.status(2, size: 14))
        )
        let (_, output, notes) = try follow(server)
        #expect(output == "one\ntwo\nthree\n")
        #expect(notes == ["Lost the connection to the node. Unit u1 goes on; trying to reconnect."])
        let heard = server.finishAsText()
        #expect([0, 2, 4].map { heard[$0][0].contains(#""startpos":\#($0 * 2)}"#) } == [true, true, true])
    }

    @Test func `begins anew when the unit has shortened its output, and says so`() throws {
        let server = try FakeControlServer(
            Self.results("a long line\n"),
            Self.answer(Self.status(1, size: 4)),
            Self.results("new\n"),
            Self.answer(Self.status(2, size: 4))
        )
        let (_, output, notes) = try follow(server)
        #expect(output == "a long line\nnew\n")
        #expect(notes == ["Unit u1 has shortened its output. What it has now follows from the beginning."])
        #expect(server.finishAsText()[2][0].contains(#""startpos":0}"#))
    }

    @Test func `says so when a unit ends with less output than it had`() throws {
        let server = try FakeControlServer(Self.results("a long line\n"), Self.answer(Self.status(2, size: 4)))
        let (_, _, notes) = try follow(server)
        #expect(
            notes.count == 1 && notes[0].hasPrefix("Unit u1 ended with 4 bytes of output, and 12 are here")
        )
        _ = server.finish()
    }

    @Test func `asks for the rest when the stream of a complete unit was short`() throws {
        let server = try FakeControlServer(
            Self.results("one\n"),
            Self.answer(Self.status(2, size: 8)),
            Self.results("two\n"),
            Self.answer(Self.status(2, size: 8))
        )
        let (_, output, notes) = try follow(server)
        #expect(output == "one\ntwo\n" && notes.isEmpty)
        _ = server.finish()
    }

    @Test func `gives up when a node does not send what it counts`() throws {
        let short = [Self.results(""), Self.answer(Self.status(2, size: 8))]
        let server = try FakeControlServer(short[0], short[1], short[0], short[1], short[0], short[1])
        #expect(
            throws: CommandFailure("The node sends no more output of unit u1, although it has 8 bytes")
        ) { try follow(server) }
        _ = server.finish()
    }

    @Test func `does not wait for a node that was never there`() {
        var follower = UnitFollower(
            unitID: "u1",
            output: -1,
            connect: { try ControlConnection(to: .unix(path: "/nonexistent/s"), interruption: $0) },
            note: { _ in }
        )
        #expect { try follower.run() } throws: { ($0 as? ControlError)?.code == .unreachable }
    }

    @Test func `ends with the words of the node when it does not know the unit`() throws {
        let server = try FakeControlServer(Self.answer(.say("ERROR: unknown work unit u1\n")))
        #expect(throws: ControlError(.refused, "unknown work unit u1")) { try follow(server, isKnown: true) }
        _ = server.finish()
    }

    @Test func `waits longer for each new try, up to a limit`() {
        var delay = ReconnectDelay()
        let delays = (0..<20).map { _ in delay.next() }
        #expect(delays[0] == .milliseconds(200) && delays[1] > delays[0] && delays.last == .seconds(10))
        delay.reset()
        #expect(delay.next() == .milliseconds(200))
    }
}
