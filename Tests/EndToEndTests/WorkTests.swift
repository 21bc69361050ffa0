import Foundation
import TestSupport
import Testing

@Suite("Work over the control socket", .blocking)
struct WorkTests {
    private static let work = """
        - worktype: cat
          command: cat
        - worktype: echo
          command: echo
          params: hi
        - worktype: gated
          command: bash
          params: -c "echo one; read -r _ < SCRATCH/gate; echo two"
        - worktype: script
          command: bash
          params: -c
          allowruntimeparams: true
        - worktype: reply
          plugin: echo
          reply: fixed answer
        - worktype: refuse
          plugin: echo
          fail: no, thank you
        """

    private func withNode(_ body: (Node, Gate) throws -> Void) throws {
        let scratch = try Scratch()
        let gate = try Gate(in: scratch)
        try Node.with(NodeFile(work: Self.work), in: scratch) { try body($0, gate) }
    }

    /// Runs a script of the shell as a unit; its whole output and its status.
    private func run(_ script: String, _ node: Node) throws -> (output: String, status: ShownStatus) {
        let quoted = "'" + script.replacing("'", with: #"'\''"#) + "'"
        let unit = try node.client.submit("script", parameters: ["params": quoted])
        return (try node.client.resultsText(unit), try node.client.status(unit))
    }

    // MARK: Payload and output

    @Test("A payload goes in and comes out, byte for byte", arguments: [0, 1, 65_536, 1_000_003])
    func payload(size: Int) throws {
        try withNode { node, _ in
            var generator = SeededGenerator(seed: 7)
            var payload: [UInt8] = []
            while payload.count < size { withUnsafeBytes(of: generator.next()) { payload.append(contentsOf: $0) } }
            payload.removeLast(payload.count - size)
            let unit = try node.client.submit("cat", payload: payload)
            let output = try node.client.results(unit)
            #expect(output == payload)
            let status = try node.client.status(unit)
            #expect(status.StateName == "Succeeded" && status.Detail == "exit status 0")
            #expect(status.StdoutSize == Int64(size))
        }
    }

    @Test("Output arrives while the command runs, from any position")
    func follow() throws {
        try withNode { node, gate in
            let unit = try node.client.submit("gated")
            let running = try node.client.status(unit)
            #expect(running.State == 1 && running.StateName == "Running")
            #expect(running.Detail == "Running: PID \(running.extra?.Pid ?? 0)")
            let followers = try [nil, 0, 2, 4, 6].map { try node.client.results(opening: unit, from: $0) }
            #expect(try followers[0].line() == "one\n")
            #expect(try followers[2].line() == "e\n")
            #expect(try node.client.status(unit).StdoutSize == 4)
            try gate.open()
            let rests = try followers.map { String(decoding: try $0.rest(), as: UTF8.self) }
            #expect(rests == ["two\n", "one\ntwo\n", "two\n", "two\n", "o\n"])
            #expect(try node.client.resultsText(unit, from: 3) == "\ntwo\n")
            #expect(try node.client.resultsText(unit, from: 8) == "")
            #expect(try node.client.resultsText(unit, from: 1_000_000) == "")
        }
    }

    @Test("Fifty followers of one unit all get all of it")
    func manyFollowers() throws {
        try withNode { node, gate in
            let unit = try node.client.submit("gated")
            let client = node.client
            let opened = Signal()
            let results = Locked<[String]>([])
            let done = Signal()
            for _ in 0..<50 {
                Thread.detachNewThread {
                    let connection = try? client.results(opening: unit)
                    opened.send()
                    let rest = (try? connection?.rest()) ?? []
                    results.update { $0.append(String(decoding: rest, as: UTF8.self)) }
                    done.send()
                }
            }
            #expect(opened.wait(since: 49, patience))
            try gate.open()
            #expect(done.wait(since: 49, patience))
            #expect(results.value == Array(repeating: "one\ntwo\n", count: 50))
        }
    }

    @Test("What a command writes to standard error is in the results, in the order of writing")
    func standardError() throws {
        try withNode { node, _ in
            let (output, status) = try run("echo a; echo b >&2; echo c; echo d >&2", node)
            #expect(output == "a\nb\nc\nd\n")
            #expect(status.StdoutSize == 8)
        }
    }

    @Test("The end of a command is told with its exit status or its signal")
    func ends() throws {
        try withNode { node, _ in
            #expect(try run("exit 0", node).status.Detail == "exit status 0")
            let failed = try run("exit 42", node).status
            #expect(failed.StateName == "Failed" && failed.Detail == "exit status 42")
            let killed = try run("kill -9 $$", node).status
            #expect(killed.StateName == "Failed" && killed.Detail == "signal: killed")
            let terminated = try run("kill -TERM $$", node).status
            #expect(terminated.StateName == "Failed" && terminated.Detail == "signal: terminated")
            // That it was killed from outside is no cancel either.
            let unit = try node.client.submit("script", parameters: ["params": "'exec sleep 1000'"])
            kill(try #require(try node.client.status(unit).extra?.Pid), SIGTERM)
            #expect(try node.client.end(unit).Detail == "signal: terminated")
        }
    }

    @Test("Runtime parameters are split into words as a shell does, and nothing in them is expanded")
    func parameters() throws {
        try withNode { node, _ in
            let script = #"'printf "<%s>" "$@"' x"#
            let parameters = #"\#(script) a 'b  c' "d \" e" f\ g '' $HOME * `id` {1..3} ü"#
            let unit = try node.client.submit("script", parameters: ["params": parameters])
            #expect(
                try node.client.resultsText(unit)
                    == #"<a><b  c><d " e><f g><><$HOME><*><`id`><{1..3}><ü>"#
            )
        }
    }

    @Test("Work inside the daemon answers, and fails, as configured")
    func echoPlugin() throws {
        try withNode { node, _ in
            #expect(try node.client.resultsText(node.client.submit("reply", payload: "x")) == "fixed answer\n")
            let status = try node.client.end(node.client.submit("refuse"))
            #expect(status.StateName == "Failed" && status.Detail == "no, thank you")
        }
    }

    // MARK: What Receptor does worse

    @Test("A reader never sees half a status file")
    func statusFileIsWhole() throws {
        try withNode { node, _ in
            let units = node.unitsDirectory
            let isOver = Locked(false)
            let broken = Locked<[String]>([])
            let reads = Locked(0)
            let done = Signal()
            Thread.detachNewThread {
                while !isOver.value {
                    for unit in (try? FileManager.default.contentsOfDirectory(atPath: units)) ?? []
                    where !unit.hasPrefix(".") {
                        guard let data = FileManager.default.contents(atPath: "\(units)/\(unit)/status") else {
                            continue
                        }
                        reads.update { $0 += 1 }
                        if (try? JSONSerialization.jsonObject(with: data)) == nil {
                            broken.update { $0.append("\(unit): \(String(decoding: data, as: UTF8.self))") }
                        }
                    }
                }
                done.send()
            }
            let client = node.client
            let ends = concurrently(4) { _ in
                (0..<15).compactMap { _ in try? client.end(client.submit("echo")).StateName }
            }
            isOver.update { $0 = true }
            #expect(done.wait(since: 0, patience))
            #expect(ends.flatMap { $0 } == Array(repeating: "Succeeded", count: 60))
            #expect(broken.value == [])
            #expect(reads.value > 60)
        }
    }

    @Test("Results come by events: what ends at once is complete at once")
    func resultsWithoutPoll() throws {
        try withNode { node, _ in
            var times: [Double] = []
            for _ in 0..<15 {
                let start = ContinuousClock.now
                let unit = try node.client.submit("echo")
                #expect(try node.client.resultsText(unit) == "hi\n")
                times.append((ContinuousClock.now - start) / .seconds(1))
            }
            // Receptor needs 0.756 s: it looks once in a while.
            #expect(times.sorted()[7] < 0.2 * slowness, "\(times)")
        }
    }

    @Test("Nothing is left in the daemon of units that were released")
    func nothingLeaks() throws {
        try withNode { node, _ in
            let client = node.client
            let daemon = try #require(node.daemon?.pid)
            func resources() throws -> (descriptors: Int, threads: Int, residentMiB: Int) {
                let status = try String(contentsOfFile: "/proc/\(daemon)/status", encoding: .utf8)
                func number(_ name: String) -> Int {
                    status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
                        .flatMap { Int($0.dropFirst(name.count + 1).filter(\.isNumber)) } ?? -1
                }
                let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon)/fd").count
                return (descriptors, number("Threads"), number("VmRSS") / 1024)
            }
            func runUnits(_ count: Int) throws {
                let failures = concurrently(4) { number -> String? in
                    do {
                        for _ in 0..<count / 4 {
                            let unit = try client.submit(number % 2 == 0 ? "cat" : "reply", payload: "x")
                            let follower = try client.results(opening: unit)
                            _ = try follower.rest()
                            guard try client.release(unit).contains("released") else { return "not released" }
                        }
                        return nil
                    } catch { return "\(error)" }
                }
                #expect(failures == [nil, nil, nil, nil])
            }
            try runUnits(100)
            let before = try resources()
            try runUnits(400)
            // Descriptors are closed a moment after the answer that the client got.
            let isClosed = try settles(patience) { try resources().descriptors <= before.descriptors }
            let after = try resources()
            #expect(isClosed, "\(before.descriptors) descriptors before, \(after.descriptors) after")
            // Threads come and go with the load; none stays with a unit.
            #expect(after.threads <= before.threads + 16)
            #expect(after.residentMiB <= before.residentMiB + 8 * Int(slowness))
            #expect(try node.unitsOnDisk() == [])
            #expect(node.workProcesses() == [])
            #expect(ProcessScan.all().filter { $0.parent == daemon && $0.isZombie } == [])
        }
    }

    @Test("Whoever reaches the socket of a daemon that starts finds all units and work types")
    func socketOpensLast() throws {
        try withNode { node, _ in
            var units: [String] = []
            for _ in 0..<50 { units.append(try node.client.submit("echo")) }
            for unit in units { try node.client.end(unit) }
            node.kill()
            let client = node.client
            let found = Locked<String?>(nil)
            let done = Signal()
            Thread.detachNewThread {
                let deadline = Deadline(in: patience)
                while !deadline.isPast {
                    guard let count = try? client.list().count else {
                        usleep(500)
                        continue
                    }
                    let output = try? client.resultsText(client.submit("echo"))
                    found.update { $0 = "\(count) units, \(output ?? "nothing")" }
                    break
                }
                done.send()
            }
            try node.start()
            #expect(done.wait(since: 0, patience))
            #expect(found.value == "50 units, hi\n")
        }
    }

    @Test("Normal operation is silent at the level warning")
    func silence() throws {
        let scratch = try Scratch()
        let options = Node.Options(arguments: ["--log-level", "warning"])
        try Node.with(NodeFile(work: Self.work), in: scratch, options: options, isStarted: false) { node in
            try node.start(untilListening: true)
            let client = node.client
            let unit = try client.submit("cat", payload: "abc")
            for _ in 0..<5 { #expect(try client.resultsText(unit) == "abc") }
            _ = try client.release(unit)
            let sleeping = try client.submit("script", parameters: ["params": "'sleep 1000'"])
            let follower = try client.results(opening: sleeping)
            _ = try client.cancel(sleeping)
            _ = try follower.rest()
            _ = try client.end(client.submit("refuse"))
            _ = try client.command("work status nosuch")
            try client.connect().close()
            #expect(try node.stop() == .exited(0))
            #expect(node.log == "")
        }
    }

    @Test("Drop-ins add work types; one that is broken is skipped at the start, and refused by a reload and --check")
    func dropIns() throws {
        let scratch = try Scratch()
        try scratch.write(
            "plugins.d/good.yml",
            """
            plugin: echo
            work-commands:
              - worktype: dropped
                reply: from a drop-in

            """
        )
        try Node.with(NodeFile(), in: scratch) { node in
            #expect(try node.client.resultsText(node.client.submit("dropped")) == "from a drop-in\n")
            try scratch.write(
                "plugins.d/broken.yml",
                "plugin: echo\nwork-commands:\n  - worktype: other\n    replay: x\n"
            )
            let reload = try node.client.command("reload")
            #expect(reload.contains("\"Success\":false") && reload.contains("broken.yml:4:5: "), "\(reload)")
            try node.killAndRestart()
            #expect(node.log.contains("broken.yml:4:5: error: "), "\(node.log)")
            #expect(try node.client.resultsText(node.client.submit("dropped")) == "from a drop-in\n")
            let check = try Program.run(Binaries.daemon, ["--config", node.configurationPath, "--check"])
            #expect(check.end == .exited(1) && check.errors.contains("broken.yml:4:5: error: "), "\(check)")
        }
    }
}
