import ControlClient
import ControlTestSupport
import Glibc
import JSON
import Testing

@testable import workceptorctl

/// One after the other: there is one signal pipe in a process.
@Suite(.serialized, .timeLimit(.minutes(1))) struct `A signal while a unit is followed` {
    /// Follows a unit of the server with SIGUSR1 in the pipe.
    private func follow(_ server: FakeControlServer, onConnect: @escaping () -> Void = {}) throws -> FollowResult {
        let pipe = try SignalPipe.catching(SIGUSR1, SIGUSR2)
        // Sent to the process: the threads that tests run in have signals blocked.
        kill(getpid(), SIGUSR1)
        var entry = pollfd(fd: pipe.interruption.descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, -1) != 1 {}
        let output = try Pipe()
        var follower = UnitFollower(
            unitID: "u1",
            output: output.writeEnd,
            isKnown: true,
            signals: pipe,
            connect: { interruption in
                onConnect()
                return try ControlConnection(to: server.address, interruption: interruption)
            },
            note: { _ in }
        )
        return try follower.run()
    }

    @Test func `cancels the unit over a connection of its own and waits for its end`() throws {
        let server = try FakeControlServer(
            // Given up before its greeting: the signal is there already.
            [],
            [FakeControlServer.greeting, .hearLine, .say(#"{"cancelled":"u1"}"# + "\n")],
            [FakeControlServer.greeting, .hearLine, .say("Streaming results for work unit u1\n"), .hearToEnd],
            [
                FakeControlServer.greeting, .hearLine,
                .say(#"{"State":4,"Detail":"Canceled","StdoutSize":0,"WorkType":"cat"}"# + "\n"),
            ]
        )
        let outcome = try follow(server)
        #expect(outcome.cancelledOn == SIGUSR1 && outcome.status.state == .canceled)
        #expect(server.finishAsText()[1] == [#"{"command":"work","subcommand":"cancel","unitid":"u1"}"# + "\n"])
    }

    @Test func `leaves the unit alone when it comes again, even while the node does not answer`() throws {
        let server = try FakeControlServer([], [FakeControlServer.greeting, .hearToEnd])
        var connections = 0
        let failure = CommandFailure("Left unit u1 before it ended", exitCode: .signal(SIGUSR2))
        #expect(throws: failure) {
            try follow(server) {
                connections += 1
                if connections == 2 { kill(getpid(), SIGUSR2) }
            }
        }
        _ = server.finish()
    }
}
