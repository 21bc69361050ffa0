import Foundation
import Testing

@Suite("Runners", .blocking)
struct RunnerTests {
    private static let work = """
        - worktype: job
          command: bash
          params: -c "sleep 1000 & setsid sleep 1000 & echo ready; sleep 1000"
        """

    /// Starts a unit of processes that would not end, and waits until all of them are there.
    private func startJob(_ node: Node, processes count: Int = 4) throws -> (unit: String, runner: Int32) {
        let unit = try node.client.submit("job")
        #expect(try node.client.results(opening: unit).line() == "ready\n")
        #expect(settles { node.workProcesses(of: unit).count == count })
        let directory = "\(node.unitsDirectory)/\(unit)"
        let runner = try #require(node.workProcesses(of: unit).first { ProcessScan.isRunner($0, under: directory) })
        return (unit, runner.pid)
    }

    @Test("A unit whose runner was killed fails at once with the reason, and nothing of it is left")
    func killed() throws {
        try Node.with(work: Self.work) { node in
            let (unit, runner) = try startJob(node)
            let follower = try node.client.results(opening: unit)
            kill(runner, SIGKILL)
            #expect(try follower.rest() == Array("ready\n".utf8))
            let status = try node.client.status(unit)
            #expect(status.StateName == "Failed")
            #expect(status.Detail.contains("runner died"), "\(status.Detail)")
            #expect(node.workProcesses() == [])
        }
    }

    @Test("A unit whose runner was killed while the daemon was down fails at the start, and nothing of it is left")
    func killedWhileDown() throws {
        try Node.with(work: Self.work) { node in
            let (unit, runner) = try startJob(node)
            node.kill()
            kill(runner, SIGKILL)
            #expect(ProcessScan.awaitEnd(of: runner))
            try node.start()
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed")
            #expect(status.Detail.contains("runner died"), "\(status.Detail)")
            #expect(node.workProcesses() == [])
        }
    }

    @Test("What has no mark of a unit any more dies with its runner all the same")
    func unmarked() throws {
        let work = """
            - worktype: job
              command: bash
              params: -c "env -i sleep 1000 & echo ready; wait"
            """
        try Node.with(work: work) { node in
            let unit = try node.client.submit("job")
            #expect(try node.client.results(opening: unit).line() == "ready\n")
            let marked = node.workProcesses(of: unit)
            let runner = try #require(marked.first { ProcessScan.isRunner($0, under: node.unitsDirectory) })
            let command = try #require(marked.first { $0.parent == runner.pid })
            func unmarked() -> [ProcessScan.Entry] {
                ProcessScan.all().filter {
                    $0.parent == command.pid && $0.commandLine == "sleep 1000" && $0.mark == nil
                }
            }
            #expect(settles { unmarked().count == 1 })
            let child = try #require(unmarked().first)
            kill(runner.pid, SIGKILL)
            #expect(try node.client.end(unit).Detail.contains("runner died"))
            #expect(ProcessScan.awaitEnd(of: child.pid))
        }
    }

    @Test("What a unit started is found under each name of its directory")
    func otherName() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("d"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: scratch.file("l"), withDestinationPath: scratch.file("d"))
        let work = """
            - worktype: job
              command: bash
              params: -c "setsid sleep 1000 > /dev/null 2>&1 & echo ready; sleep 1000"
            """
        try Node.with(NodeFile(work: work), in: scratch) { node in
            let (unit, runner) = try startJob(node, processes: 3)
            let processes = node.workProcesses(of: unit)
            node.kill()
            let other = NodeFile(work: work, dataDirectory: scratch.file("l") + "//")
            try scratch.write("node.yml", other.yaml(in: scratch))
            try node.start()
            kill(runner, SIGKILL)
            #expect(try node.client.end(unit).Detail.contains("runner died"))
            for process in processes { #expect(ProcessScan.awaitEnd(of: process.pid)) }
        }
    }

    @Test("A daemon that a unit has started ends neither itself with that unit nor what it starts")
    func startedByUnit() throws {
        let scratch = try Scratch()
        let mark = scratch.file("mark")
        let script = "test -e \(mark) && export WORKCEPTOR_UNIT=$(cat \(mark)); exec \"$@\""
        let options = Node.Options(wrapper: ["bash", "-c", script, "bash"])
        try Node.with(NodeFile(work: Self.work), in: scratch, options: options) { node in
            let (unit, runner) = try startJob(node)
            node.kill()
            kill(runner, SIGKILL)
            #expect(ProcessScan.awaitEnd(of: runner))
            try scratch.write("mark", "\(node.unitsDirectory)/\(unit)")
            try node.start()
            #expect(try node.client.end(unit).Detail.contains("runner died"))
            let (_, next) = try startJob(node)
            #expect(ProcessScan.entry(next)?.mark == nil)
        }
    }

    @Test("A copy of a unit leaves the work of the original alone")
    func copied() throws {
        try Node.with(work: Self.work) { node in
            let (unit, runner) = try startJob(node)
            let processes = node.workProcesses(of: unit)
            node.kill()
            let (original, elsewhere) = (node.file("", of: unit), node.scratch.file("original"))
            try FileManager.default.moveItem(atPath: original, toPath: elsewhere)
            try FileManager.default.copyItem(atPath: elsewhere, toPath: original)
            try node.start()
            let status = try node.client.status(unit)
            #expect(status.StateName == "Failed" && status.Detail.contains("are a copy"), "\(status)")
            #expect(try node.client.forceRelease(unit) == "{\"released\":\"\(unit)\"}\n")
            for process in processes { #expect(ProcessScan.entry(process.pid)?.isZombie == false) }
            #expect(processes.contains { $0.pid == runner })
        }
    }

    @Test("Work stays with the plugin that started it, whatever the name of its work type stands for later")
    func otherPlugin() throws {
        let work =
            Self.work + """

                - worktype: answer
                  plugin: echo
                  delay: 1h
                """
        try Node.with(work: work) { node in
            let (unit, runner) = try startJob(node)
            let answer = try node.client.submit("answer", payload: "x")
            node.kill()
            let swapped = """
                - worktype: job
                  plugin: echo
                - worktype: answer
                  command: cat
                """
            try node.scratch.write("node.yml", NodeFile(work: swapped).yaml(in: node.scratch))
            try node.start()
            #expect(try node.client.status(unit).StateName == "Running")
            #expect(try node.client.results(opening: unit).line() == "ready\n")
            #expect(try node.client.end(answer).Detail.contains("another plugin's by now"))
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.status(unit).StateName == "Canceled")
            #expect(ProcessScan.awaitEnd(of: runner))
            #expect(node.workProcesses() == [])
        }
    }

    /// What a record says of the machine's boot.
    enum Boot: String, CaseIterable { case another, same }

    @Test(
        "A process that has the number of a unit's runner or command is not signaled",
        arguments: Boot.allCases
    )
    func foreignProcess(boot: Boot) throws {
        try Node.with(work: Self.work) { node in
            let (unit, runner) = try startJob(node)
            node.kill()
            ProcessScan.killWork(under: node.scratch.path)
            #expect(ProcessScan.awaitEnd(of: runner))
            let foreign = try Program("sleep", ["1000"])
            defer {
                foreign.signal(SIGKILL)
                foreign.wait()
            }
            let start = try #require(ProcessScan.startTime(of: foreign.pid))
            let bootID = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                .trimmingSuffix("\n")
            // After a reboot any process may have the very same number and start; without one the start differs.
            let record =
                switch boot {
                case .another:
                    """
                    workceptor-runner-record 1
                    claim \(foreign.pid) \(start) 11111111-2222-3333-4444-555555555555
                    command \(foreign.pid) \(start)

                    """
                case .same:
                    """
                    workceptor-runner-record 1
                    claim \(foreign.pid) \(start - 1) \(bootID)
                    command \(foreign.pid) \(start - 1)

                    """
                }
            try record.write(toFile: node.file("runner", of: unit), atomically: false, encoding: .utf8)
            let running = """
                {"State":1,"Detail":"Running: PID \(foreign.pid)","StdoutSize":6,"WorkType":"job","ExtraData":\
                {"Pid":\(foreign.pid),"Params":""}}

                """
            try running.write(toFile: node.file("status", of: unit), atomically: false, encoding: .utf8)
            try node.start()
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed")
            #expect(
                status.Detail.contains(boot == .another ? "machine was restarted" : "runner died"),
                "\(status.Detail)"
            )
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            #expect(ProcessScan.entry(foreign.pid)?.isZombie == false)
        }
    }

    @Test("A unit that Receptor left running is not signaled through a number that is another process's")
    func receptorsUnit() throws {
        let foreign = try Program("sleep", ["1000"])
        defer {
            foreign.signal(SIGKILL)
            foreign.wait()
        }
        try Node.with(NodeFile(work: Self.work), isStarted: false) { node in
            try FileManager.default.createDirectory(
                atPath: node.file("", of: "fromGo01"),
                withIntermediateDirectories: true
            )
            let running = """
                {"State":1,"Detail":"Running: PID \(foreign.pid)","StdoutSize":0,"WorkType":"job","ExtraData":\
                {"Pid":\(foreign.pid),"Params":""}}

                """
            for (name, text) in ["status": running, "status.lock": "", "stdin": "", "stdout": ""] {
                try text.write(toFile: node.file(name, of: "fromGo01"), atomically: false, encoding: .utf8)
            }
            try node.start()
            #expect(try node.client.end("fromGo01").StateName == "Failed")
            #expect(try node.client.cancel("fromGo01") == "{\"cancelled\":\"fromGo01\"}\n")
            #expect(ProcessScan.entry(foreign.pid)?.isZombie == false)
        }
    }

    @Test("The process that starts runners may die: units that run go on, and the next ones start")
    func starterDies() throws {
        let work =
            Self.work + """

                - worktype: echo
                  command: echo
                  params: hi
                """
        try Node.with(work: work) { node in
            let (unit, _) = try startJob(node)
            let daemon = try #require(node.daemon?.pid)
            for _ in 0..<3 {
                let starters = ProcessScan.all().filter {
                    $0.parent == daemon && !$0.isZombie && $0.commandLine.hasPrefix("workceptor-runner")
                }
                for starter in starters {
                    kill(starter.pid, SIGKILL)
                    #expect(ProcessScan.awaitEnd(of: starter.pid))
                }
                #expect(try node.client.resultsText(node.client.submit("echo")) == "hi\n")
            }
            #expect(try node.client.status(unit).StateName == "Running")
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
        }
    }

    @Test("Nothing but runners is left of a daemon that was killed")
    func nothingElseIsLeft() throws {
        try Node.with(work: Self.work) { node in
            let (unit, runner) = try startJob(node)
            let daemon = try #require(node.daemon?.pid)
            let children = ProcessScan.all().filter { $0.parent == daemon }
            node.kill()
            for child in children where child.pid != runner { #expect(ProcessScan.awaitEnd(of: child.pid, 10)) }
            #expect(node.workProcesses(of: unit).count == 4)
        }
    }

    @Test("A runner that is late to write its claim finds that the unit was given up")
    func lateClaim() throws {
        try Node.with(NodeFile(work: Self.work), isStarted: false) { node in
            try FileManager.default.createDirectory(
                atPath: node.file("", of: "lateUnit"),
                withIntermediateDirectories: true
            )
            let pending = #"{"State":0,"Detail":"Starting Worker","StdoutSize":0,"WorkType":"job","ExtraData":null}"#
            for (name, text) in ["status": pending, "status.lock": "", "stdin": "", "stdout": ""] {
                try text.write(toFile: node.file(name, of: "lateUnit"), atomically: false, encoding: .utf8)
            }
            // What a runner does first: it makes the file, and only then writes into it.
            let record = node.file("runner", of: "lateUnit")
            let descriptor = open(record, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            defer { close(descriptor) }
            try node.start()
            #expect(try node.client.end("lateUnit").StateName == "Failed")
            // What it does last before it starts the command: it looks whether its file still is the unit's.
            var mine = stat()
            var there = stat()
            #expect(fstat(descriptor, &mine) == 0 && stat(record, &there) == 0)
            #expect(mine.st_ino != there.st_ino)
        }
    }

    @Test("A daemon that has not descriptors enough for the units that run does nothing to them")
    func tooFewDescriptors() throws {
        let work = """
            - worktype: sleep
              command: sleep
              params: "1000"
            """
        try Node.with(work: work) { node in
            var units: [String] = []
            for _ in 0..<40 { units.append(try node.client.submit("sleep")) }
            // The mark of a process that has just begun to be its program shows a moment later.
            #expect(settles { node.workProcesses().count == 80 })
            let before = node.workProcesses().map(\.pid).sorted()
            node.kill()
            // It may refuse to start, or look again and again for runners that it cannot hold.
            let poor = try Program(
                "prlimit",
                ["--nofile=44:44", Binaries.daemon, "--config", node.configurationPath]
            )
            poor.wait(1.5)
            poor.signal(SIGKILL)
            poor.wait()
            #expect(node.workProcesses().map(\.pid).sorted() == before)
            try node.start()
            #expect(try node.client.list().values.filter { $0.StateName != "Running" }.map(\.Detail) == [])
            for unit in units { #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n") }
            #expect(node.workProcesses() == [])
        }
    }

    @Test("What a finished command leaves in the background is reaped when it ends")
    func leftInTheBackground() throws {
        let work = """
            - worktype: leave
              command: bash
              params: -c "sleep 0.2 > /dev/null 2>&1 & echo $!"
            """
        try Node.with(work: work) { node in
            var left: [Int32] = []
            for _ in 0..<5 {
                let text = try node.client.resultsText(node.client.submit("leave"))
                left.append(try #require(Int32(text.trimmingSuffix("\n"))))
            }
            #expect(settles { left.allSatisfy { ProcessScan.entry($0) == nil } })
        }
    }

    @Test("A command gets the three standard descriptors only, default signals, and the daemon's limits of before")
    func environment() throws {
        let work = """
            - worktype: descriptors
              command: ls
              params: /proc/self/fd
            - worktype: signals
              command: grep
              params: -E "Sig(Blk|Ign)" /proc/self/status
            - worktype: limits
              command: bash
              params: -c "ulimit -n; umask"
            """
        try Node.with(work: work) { node in
            func output(_ type: String) throws -> String { try node.client.resultsText(node.client.submit(type)) }
            // The fourth is the directory that `ls` reads.
            #expect(try output("descriptors") == "0\n1\n2\n3\n")
            let signals = try output("signals").split(whereSeparator: { $0 == "\n" || $0 == "\t" }).map(String.init)
            try #require(signals.count == 4)
            #expect(UInt64(signals[1], radix: 16) == 0)
            // Signals 32 and 33 are the C library's own, out of a program's reach.
            #expect(UInt64(signals[3], radix: 16).map { $0 & ~0x1_8000_0000 } == 0)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            #expect(try output("limits") == "\(limit.rlim_cur)\n0022\n")
        }
    }

    private func runners(under parent: Int32) -> [Int32] {
        ProcessScan.all().filter { $0.parent == parent && $0.commandLine.hasPrefix("workceptor-runner") }.map(\.pid)
    }

    /// Stops the process that starts runners, and the runner that is ready.
    private func stopSpawner(of node: Node) throws -> [Int32] {
        let daemon = try #require(node.daemon?.pid)
        let spawner = try #require(runners(under: daemon).first)
        #expect(settles(10) { !runners(under: spawner).isEmpty })
        let stopped = [spawner] + runners(under: spawner)
        for pid in stopped { kill(pid, SIGSTOP) }
        return stopped
    }

    @Test("A job that had just started when its daemon was killed goes on, and is shown with process and parameters")
    func killedAtOnce() throws {
        let work = """
            - worktype: sleep
              command: sleep
              params: "1000"
              allowruntimeparams: true
            - worktype: answer
              plugin: echo
              delay: 1s
            """
        try Node.with(work: work) { node in
            for _ in 0..<3 {
                let unit = try node.client.submit("answer", payload: "inside the daemon")
                node.kill()
                try node.start()
                #expect(try node.client.resultsText(unit) == "inside the daemon")
                #expect(try node.client.status(unit).StateName == "Succeeded")
            }
            let (connection, unit) = try node.client.beginSubmit("sleep", parameters: ["params": "1"])
            #expect(try node.client.status(unit).extra?.Params == "1000 1")
            connection.halfClose()
            try Client.checkStarted(try connection.line(), unit)
            node.kill()
            try node.start()
            let status = try node.client.status(unit)
            #expect(status.StateName == "Running" && status.extra?.Params == "1000 1")
            let process = try #require(status.extra?.Pid)
            #expect(ProcessScan.all().contains { $0.pid == process && $0.commandLine.hasPrefix("sleep") })
            #expect(try node.client.command("work cancel \(unit)\n").contains("cancelled"))
        }
    }

    @Test("A daemon that finds no runner's executable follows the units that run all the same")
    func withoutExecutable() throws {
        let scratch = try Scratch()
        let runner = scratch.file("runner")
        try FileManager.default.createSymbolicLink(atPath: runner, withDestinationPath: Binaries.runner)
        try scratch.write(
            "plugins.d/command.yml",
            """
            plugin: command
            work-commands:
              - worktype: wait
                command: sh
                params: -c 'read line < SCRATCH/go; echo "$line"'

            """.replacing("SCRATCH", with: scratch.path)
        )
        #expect(mkfifo(scratch.file("go"), 0o600) == 0)
        let options = Node.Options(environment: ["WORKCEPTOR_RUNNER": runner])
        try Node.with(NodeFile(work: ""), in: scratch, options: options) { node in
            let unit = try node.client.submit("wait")
            let cancelled = try node.client.submit("wait")
            try FileManager.default.removeItem(atPath: runner)
            try node.killAndRestart()
            #expect(node.log.contains("workceptor-runner is missing"), "\(node.log)")
            #expect(try node.client.status(unit).StateName == "Running")
            #expect(try node.client.command("work cancel \(cancelled)").contains("cancelled"))
            let go = open(scratch.file("go"), O_WRONLY)
            #expect(write(go, "on\n", 3) == 3)
            close(go)
            #expect(try node.client.resultsText(unit) == "on\n")
            #expect(try node.client.status(unit).Detail == "exit status 0")
        }
    }

    @Test("A runner that stands still before it has told of its command is cancelled, and released by force")
    func stoppedBeforeReport() throws {
        let work = """
            - worktype: stop
              command: sh
              params: -c 'kill -STOP $PPID; exec sleep 1000'
              gracetime: 1s
            """
        try Node.with(work: work) { node in
            for isForced in [false, true] {
                let (connection, unit) = try node.client.beginSubmit("stop")
                connection.halfClose()
                let runs = { node.workProcesses().contains { $0.commandLine.hasPrefix("sleep") } }
                #expect(settles(20, runs))
                if isForced {
                    #expect(try node.client.forceRelease(unit) == "{\"released\":\"\(unit)\"}\n")
                } else {
                    #expect(try node.client.cancel(unit).contains("cancel"))
                    #expect(try node.client.end(unit).StateName == "Canceled")
                }
                #expect(settles(10) { node.workProcesses().isEmpty }, "\(node.workProcesses())")
                connection.close()
            }
        }
    }

    @Test("A unit that is cancelled while it waits for a runner never runs, and is released at once by force")
    func cancelledBeforeRunner() throws {
        let work = """
            - worktype: mark
              command: touch
              allowruntimeparams: true
            """
        try Node.with(work: work) { node in
            let mark = node.scratch.file("mark")
            _ = try node.client.end(node.client.submit("mark", parameters: ["params": mark + "0"]))
            let stopped = try stopSpawner(of: node)
            defer { for pid in stopped { kill(pid, SIGCONT) } }
            // As many as may have their orders with the spawner, and some more.
            let waiting = try (1...70).map { number in
                let (connection, unit) = try node.client.beginSubmit("mark", parameters: ["params": "\(mark)\(number)"])
                connection.halfClose()
                return (connection, unit)
            }
            let released = waiting[69].1
            #expect(try node.client.forceRelease(released) == "{\"released\":\"\(released)\"}\n")
            var patient = node.client
            patient.seconds = 60
            let (client, units) = (patient, waiting.map(\.1))
            let answers = concurrently(69) { number in Result { try client.command("work cancel \(units[number])") } }
            for answer in answers { #expect(try answer.get().contains("cancel")) }
            for (connection, unit) in waiting.dropLast() {
                #expect(try patient.end(unit).StateName == "Canceled")
                connection.close()
            }
            let made = try FileManager.default.contentsOfDirectory(atPath: node.scratch.path)
                .filter { $0.hasPrefix("mark") }
            #expect(made == ["mark0"])
        }
    }

    @Test("A process that starts runners and stands still is replaced, and what waited for it ends with the reason")
    func stoppedSpawner() throws {
        let work = """
            - worktype: cat
              command: cat
            """
        try Node.with(work: work) { node in
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "before")) == "before")
            let stopped = try stopSpawner(of: node)
            defer { for pid in stopped { kill(pid, SIGCONT) } }
            var patient = node.client
            patient.seconds = 60
            let (connection, unit) = try patient.beginSubmit("cat")
            connection.halfClose()
            let answer = try connection.line()
            #expect(answer.hasPrefix("ERROR: ") && answer.contains("No runner began within 30 s"), "\(answer)")
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "after")) == "after")
            for pid in stopped.dropFirst() { kill(pid, SIGCONT) }
            // The one that was late finds the unit given up.
            #expect(settles(10) { ProcessScan.all().allSatisfy { !stopped.contains($0.pid) } })
            #expect(try node.client.status(unit).StateName == "Failed")
        }
    }

    @Test("Orders whose bearer dies are given to the next one")
    func lostOrders() throws {
        let work = """
            - worktype: cat
              command: cat
            """
        try Node.with(work: work) { node in
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "before")) == "before")
            let stopped = try stopSpawner(of: node)
            let begun = try (0..<100).map { number in
                let (connection, unit) = try node.client.beginSubmit("cat")
                try connection.send(Array("\(number)".utf8))
                connection.halfClose()
                return (connection, unit, number)
            }
            #expect(try node.client.list().values.allSatisfy { $0.StateName != "Failed" })
            for pid in stopped { kill(pid, SIGKILL) }
            for (connection, unit, number) in begun {
                try Client.checkStarted(try connection.line(), unit)
                #expect(try node.client.resultsText(unit) == "\(number)")
            }
        }
    }

    @Test("A unit whose runner somebody stopped ends when it is cancelled", arguments: ["cancel", "force-release"])
    func stoppedRunner(request: String) throws {
        try Node.with(work: Self.work) { node in
            let (unit, runner) = try startJob(node)
            kill(runner, SIGSTOP)
            defer { kill(runner, SIGCONT) }
            let answer = try node.client.command("work \(request) \(unit)")
            if request == "cancel" {
                #expect(answer == "{\"cancelled\":\"\(unit)\"}\n")
                #expect(try node.client.status(unit).StateName == "Canceled")
            } else {
                #expect(answer == "{\"released\":\"\(unit)\"}\n")
            }
            #expect(settles { node.workProcesses() == [] })
        }
    }

    @Test("A claim is on the disk before the command starts, output and end before the daemon hears of the end")
    func durable() throws {
        let work = """
            - worktype: true
              command: "true"
            """
        try Node.with(work: work) { node in
            _ = try node.client.end(node.client.submit("true"))
            let daemon = try #require(node.daemon?.pid)
            let spawner = try #require(runners(under: daemon).first)
            let calls = "trace=fdatasync,fsync,pwrite64,execve"
            guard let strace = Program.tracer(of: spawner, ["-f", "-e", calls]) else { return }
            defer {
                strace.signal(SIGINT)
                strace.wait()
            }
            // The runner that is ready was forked before.
            for _ in 0..<2 { _ = try node.client.end(node.client.submit("true")) }
            #expect(strace.errors.wait(until: { $0.contains("+++ exited") && $0.contains("end exited") }))
            let lines = strace.errors.text.split(separator: "\n")
            let claim = try #require(lines.first { $0.contains("workceptor-runner-record") })
            let runner = claim.prefix { $0 != "]" }
            let steps = lines.filter { $0.hasPrefix(runner) || $0.contains("execve") && $0.contains("= 0") }
                .compactMap { line in
                    ["runner-record", "command ", "end exited", "fdatasync", "fsync", "execve"].first {
                        line.contains($0)
                    }
                }
            #expect(
                steps.filter { $0 != "command " } == [
                    "runner-record", "fdatasync", "fsync", "execve", "fdatasync", "end exited", "fdatasync",
                ],
                "\(strace.errors.text)"
            )
        }
    }

    @Test("Orphans are reaped when they end by a daemon that is the first process of its container")
    func orphansOfPID1() throws {
        let work = """
            - worktype: leave
              command: bash
              params: -c "setsid sleep 0.3 > /dev/null 2>&1 & echo $!"
            - worktype: sleep
              command: sleep
              params: "1000"
            """
        let options = Node.Options(wrapper: ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"])
        let probe = try? Program.run(options.wrapper[0], options.wrapper.dropFirst() + ["true"])
        guard probe?.end == .exited(0) else {
            return print("not tested: no PID namespace can be made here: \(probe?.errors ?? "no unshare")")
        }
        try Node.with(NodeFile(work: work), options: options) { node in
            // Nothing ends any more but what is left behind.
            let running = try node.client.submit("sleep")
            for _ in 0..<5 { _ = try node.client.end(node.client.submit("leave")) }
            let wrapper = try #require(node.daemon?.pid)
            let daemon = try #require(ProcessScan.all().first { $0.parent == wrapper })
            func children() -> [ProcessScan.Entry] { ProcessScan.all().filter { $0.parent == daemon.pid } }
            #expect(settles { children().allSatisfy { !$0.isZombie && !$0.commandLine.hasPrefix("sleep 0.3") } })
            #expect(try node.client.status(running).StateName == "Running")
            #expect(try node.client.cancel(running) == "{\"cancelled\":\"\(running)\"}\n")
        }
    }

    @Test(
        "A daemon without inotify starts, says so once, and followers get output while it is written",
        arguments: [
            "max_inotify_instances", "max_inotify_watches",
        ]
    )
    func noInotify(limit: String) throws {
        try Scratch.with { scratch in
            let work = """
                - worktype: wait
                  command: bash
                  params: -c "echo one; read < SCRATCH/gate; echo two"
                """
            let set = "echo 0 > /proc/sys/user/\(limit) && exec \"$@\""
            let options = Node.Options(wrapper: ["unshare", "--user", "--map-root-user", "sh", "-c", set, "sh"])
            let probe = try? Program.run(options.wrapper[0], options.wrapper.dropFirst() + ["true"])
            guard probe?.end == .exited(0) else {
                return print("not tested: no user namespace can be made here: \(probe?.errors ?? "no unshare")")
            }
            #expect(mkfifo(scratch.file("gate"), 0o600) == 0)
            try Node.with(NodeFile(work: work), in: scratch, options: options) { node in
                let followers = try (0..<3).map { _ in try node.client.results(opening: node.client.submit("wait")) }
                for follower in followers { #expect(try follower.line() == "one\n") }
                // Open in both directions: no reader sees an end that was meant for another one.
                let gate = open(scratch.file("gate"), O_RDWR | O_CLOEXEC)
                defer { close(gate) }
                _ = write(gate, "\n\n\n", 3)
                for follower in followers { #expect(try follower.line() == "two\n") }
                #expect(node.log.split(separator: "\n").count { $0.contains("fs.inotify") } == 1)
            }
        }
    }
}
