import Foundation
import Testing

@Suite("Cancel and release", .blocking)
struct CancelTests {
    /// Ways to be hard to end, each as a shell script that writes `ready` when it is.
    struct Stubborn: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
    }

    static let stubborn = [
        Stubborn(testDescription: "a background process", script: "sleep 1000 & echo ready; sleep 1000"),
        Stubborn(testDescription: "a process that ignores SIGTERM", script: "trap '' TERM INT; echo ready; sleep 1000"),
        Stubborn(
            testDescription: "processes that ignore SIGTERM below one that does not",
            script: "(trap '' TERM; sleep 1000) & echo ready; sleep 1000"
        ),
        Stubborn(
            testDescription: "a child in a session of its own",
            script: "setsid sleep 1000 & echo ready; sleep 1000"
        ),
        Stubborn(
            testDescription: "an orphan in a session of its own that ignores SIGTERM",
            script: "(setsid bash -c 'trap \"\" TERM; sleep 1000' &); echo ready; sleep 1000"
        ),
        Stubborn(testDescription: "a stopped process", script: "echo ready; kill -STOP $$; sleep 1000"),
    ]

    @Test("Nothing is left of a canceled unit, and the answer comes within the grace time", arguments: stubborn)
    func nothingIsLeft(of stubborn: Stubborn) throws {
        let scratch = try Scratch()
        try scratch.write("job.sh", stubborn.script)
        let work = """
            - worktype: job
              command: bash
              params: SCRATCH/job.sh
              gracetime: 2s
            """
        try Node.with(NodeFile(work: work), in: scratch) { node in
            let unit = try node.client.submit("job")
            let follower = try node.client.results(opening: unit)
            #expect(try follower.line() == "ready\n")
            let start = ContinuousClock.now
            let answer = try node.client.cancel(unit)
            let time = ContinuousClock.now - start
            #expect(answer == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(time < .seconds(slowness * 2.5))
            #expect(node.workProcesses() == [])
            #expect(try follower.rest() == [])
            let status = try node.client.status(unit)
            #expect(status.State == 4 && status.StateName == "Canceled" && status.Detail == "Canceled")
            #expect(status.StdoutSize == 6)
            #expect(try node.client.resultsText(unit) == "ready\n")
        }
    }

    private static let sleeping = """
        - worktype: sleep
          command: sleep
          params: "1000"
        - worktype: cat
          command: cat
        - worktype: probe
          plugin: echo
          delay: 1h
        """

    @Test("The state that a cancel leaves is final, also over a restart")
    func stateIsFinal() throws {
        try Node.with(work: Self.sleeping) { node in
            let unit = try node.client.submit("sleep")
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.results(unit) == [])
            try node.killAndRestart()
            #expect(try node.client.status(unit).StateName == "Canceled")
            #expect(try node.client.results(unit) == [])
        }
    }

    @Test("A cancel of a complete unit changes nothing")
    func completeUnit() throws {
        try Node.with(work: Self.sleeping) { node in
            let unit = try node.client.submit("cat", payload: "x")
            let status = try node.client.end(unit)
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.status(unit) == status)
        }
    }

    @Test("A unit that is canceled while its payload arrives does not run, and the sender is told")
    func whilePayloadArrives() throws {
        try Node.with(work: Self.sleeping) { node in
            let (connection, unit) = try node.client.beginSubmit("cat")
            try connection.send("part")
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            try connection.send(" of it")
            connection.halfClose()
            #expect(try connection.line().hasPrefix("ERROR: "))
            #expect(try node.client.status(unit).StateName == "Canceled")
            #expect(try node.client.results(unit) == [])
        }
    }

    @Test("Several clients may cancel one unit at once")
    func severalClients() throws {
        try Node.with(work: Self.sleeping) { node in
            let unit = try node.client.submit("sleep")
            let client = node.client
            let answers = concurrently(8) { _ in (try? client.cancel(unit)) ?? "no answer" }
            #expect(answers == Array(repeating: "{\"cancelled\":\"\(unit)\"}\n", count: 8))
            #expect(node.workProcesses() == [])
        }
    }

    @Test("A unit that an earlier daemon started is canceled")
    func afterRestart() throws {
        try Node.with(work: Self.sleeping) { node in
            let unit = try node.client.submit("sleep")
            try node.killAndRestart()
            #expect(try node.client.status(unit).StateName == "Running")
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.status(unit).StateName == "Canceled")
            #expect(node.workProcesses() == [])
        }
    }

    @Test("A unit that runs inside the daemon is canceled")
    func insideTheDaemon() throws {
        try Node.with(work: Self.sleeping) { node in
            let unit = try node.client.submit("probe")
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.status(unit).StateName == "Canceled")
        }
    }

    @Test("A release ends a running unit, its followers and its files", arguments: ["release", "force-release"])
    func release(command: String) throws {
        try Node.with(work: Self.sleeping) { node in
            let unit = try node.client.submit("sleep")
            let follower = try node.client.results(opening: unit)
            #expect(try node.client.command("work \(command) \(unit)") == "{\"released\":\"\(unit)\"}\n")
            #expect(try follower.rest() == [])
            #expect(node.workProcesses() == [])
            #expect(try node.unitsOnDisk() == [])
            #expect(try node.client.command("work status \(unit)") == "ERROR: unknown work unit \(unit)\n")
            #expect(try node.client.release(unit) == "ERROR: unknown work unit \(unit)\n")
        }
    }

    @Test("A release while the payload arrives leaves nothing, and the sender is told")
    func releaseWhilePayloadArrives() throws {
        try Node.with(work: Self.sleeping) { node in
            let (connection, unit) = try node.client.beginSubmit("cat")
            try connection.send("part")
            #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            try connection.send(" of it")
            connection.halfClose()
            #expect(try connection.line().hasPrefix("ERROR: "))
            #expect(try node.unitsOnDisk() == [])
        }
    }

    @Test("Why a cancel cannot be carried out is said to the client, and the unit goes on")
    func impossibleCancel() throws {
        try Node.with(work: Self.sleeping) { node in
            let unit = try node.client.submit("sleep")
            let connection = try node.client.connect()
            let daemon = try #require(node.daemon?.pid)
            func limit(_ value: String) throws {
                let result = try Program.run("prlimit", ["--pid", "\(daemon)", "--nofile=\(value):"])
                #expect(result.end == .exited(0), "\(result.errors)")
            }
            // No descriptor of a process can be had any more.
            try limit("4")
            try connection.send("work cancel \(unit)\n")
            let answer = try connection.line()
            #expect(answer.hasPrefix("ERROR: ") && answer.contains("Too many open files"), "\(answer)")
            try limit("1024")
            #expect(try node.client.status(unit).StateName == "Running")
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
        }
    }

    @Test(
        "What a command leaves behind at its end follows killmode, also when another daemon started the unit",
        arguments: [
            "leave", "unit",
        ]
    )
    func killMode(mode: String) throws {
        let work = """
            - worktype: leave
              command: bash
              params: -c "setsid sleep 1000 > /dev/null 2>&1 & echo ready; read line < SCRATCH/gate"
              killmode: \(mode)
              gracetime: 2s
            """
        try Scratch.with { scratch in
            #expect(mkfifo(scratch.file("gate"), 0o600) == 0)
            try Node.with(NodeFile(work: work), in: scratch) { node in
                let unit = try node.client.submit("leave")
                #expect(try node.client.results(opening: unit).line() == "ready\n")
                try node.killAndRestart()
                let gate = open(scratch.file("gate"), O_WRONLY | O_CLOEXEC)
                _ = write(gate, "\n", 1)
                close(gate)
                let status = try node.client.end(unit)
                #expect(status.StateName == "Succeeded" && status.Detail == "exit status 0")
                // A runner is gone a moment after it has written how the work ended.
                #expect(settles { node.workProcesses(of: unit).count == (mode == "leave" ? 1 : 0) })
                #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
                #expect(node.workProcesses().count == (mode == "leave" ? 1 : 0))
            }
        }
    }

    @Test("A client whose standard output is closed cancels all the same, and fails for want of it")
    func closedOutput() throws {
        try Node.with(work: Self.sleeping) { node in
            let units = try (0..<2).map { _ in try node.client.submit("sleep") }
            let script = "exec \"$0\" --socket \"$1\" work cancel \"$2\" \"$3\" >&-"
            let result = try Program.run("sh", ["-c", script, Binaries.client, node.socket] + units)
            #expect(result.end == .exited(1) && result.errors.contains("Failed to write the output"), "\(result)")
            for unit in units { #expect(try node.client.status(unit).StateName == "Canceled") }
        }
    }
}
