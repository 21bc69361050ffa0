import Foundation
import Testing

@Suite("A unit", .blocking)
struct UnitFaultTests {
    private static let work = """
        - worktype: mark
          command: bash
          params: -c "echo ran >> SCRATCH/ran"
        - worktype: gated
          command: bash
          params: -c "echo one; read -r _ < SCRATCH/gate"
          gracetime: 300ms
        - worktype: cat
          command: cat
        """

    private func with(_ body: (Node, Gate) throws -> Void) throws {
        let scratch = try Scratch()
        let gate = try Gate(in: scratch)
        try Node.with(NodeFile(work: Self.work), in: scratch) { try body($0, gate) }
    }

    @Test("that is cancelled while somebody sits on its status is cancelled, or runs, but never both")
    func cancelOrRun() throws {
        try with { node, _ in
            let (connection, unit) = try node.client.beginSubmit("mark")
            let lock = open(node.file("status.lock", of: unit), O_RDWR | O_CLOEXEC)
            defer { close(lock) }
            #expect(flock(lock, LOCK_EX) == 0)
            let client = node.client
            let cancelled = Locked("")
            let group = DispatchGroup()
            DispatchQueue.global().async(group: group) {
                cancelled.update { $0 = (try? client.cancel(unit)) ?? "" }
            }
            connection.halfClose()
            let submitted = try connection.line()
            group.wait()
            let answers = [cancelled.value, submitted]
            let hasRun = FileManager.default.fileExists(atPath: node.scratch.file("ran"))
            let state = try node.client.end(unit).StateName
            #expect(answers[0] == "{\"cancelled\":\"\(unit)\"}\n")
            if state == "Canceled" {
                #expect(answers[1].hasPrefix("ERROR: ") && !hasRun, "\(answers[1])")
            } else {
                #expect(answers[1].contains("Job Started") && state == "Succeeded", "\(answers[1]) \(state)")
            }
        }
    }

    @Test("whose runner's record is replaced by something else ends with the reason, and its work with it")
    func recordReplaced() throws {
        try with { node, _ in
            let unit = try node.client.submit("gated")
            let record = node.file("runner", of: unit)
            try FileManager.default.removeItem(atPath: record)
            #expect(mkfifo(record, 0o600) == 0)
            try node.killAndRestart()
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed" && status.Detail.contains("record is damaged"), "\(status.Detail)")
            #expect(settles { node.workProcesses(of: unit) == [] })
            #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
        }
    }

    @Test("whose files are replaced before it starts fails with the reason, and nothing behind a link is touched")
    func filesReplaced() throws {
        try with { node, _ in
            let victim = node.scratch.file("victim")
            try "mine".write(toFile: victim, atomically: false, encoding: .utf8)
            let replacements: [(String, (String) -> Int32)] = [
                ("stdout", { mkfifo($0, 0o600) }), ("stdout", { symlink(victim, $0) }),
                ("stdin", { symlink(victim, $0) }),
                ("stdin", { mkfifo($0, 0o600) }),
            ]
            for (name, make) in replacements {
                let (connection, unit) = try node.client.beginSubmit("cat")
                try connection.send(Array("payload".utf8))
                try FileManager.default.removeItem(atPath: node.file(name, of: unit))
                #expect(make(node.file(name, of: unit)) == 0)
                connection.halfClose()
                let answer = try connection.line()
                #expect(answer.hasPrefix("ERROR: "), "\(name): \(answer)")
                let status = try node.client.status(unit)
                #expect(status.StateName == "Failed", "\(name): \(answer) \(status)")
                #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            }
            #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine")
        }
    }

    @Test("whose status lock is replaced by something else ends all the same")
    func lockReplaced() throws {
        try with { node, gate in
            let unit = try node.client.submit("gated")
            try FileManager.default.removeItem(atPath: node.file("status.lock", of: unit))
            #expect(mkfifo(node.file("status.lock", of: unit), 0o600) == 0)
            try gate.open()
            #expect(try node.client.end(unit).StateName == "Succeeded")
        }
    }

    @Test("whose directory somebody deletes is given up, with one line in the log")
    func vanished() throws {
        try with { node, gate in
            let unit = try node.client.submit("gated")
            try FileManager.default.removeItem(atPath: "\(node.unitsDirectory)/\(unit)")
            try gate.open()
            #expect(settles(20) { (try? node.client.list())?[unit] == nil })
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "on")) == "on")
            #expect(try node.client.status(node.client.submit("cat")).StateName != "")
            let lines = node.log.split(separator: "\n").filter {
                $0.contains(unit) && ($0.contains("error") || $0.contains("ERROR"))
            }
            #expect(lines.filter { $0.contains("deleted by somebody else") }.count == 1, "\(lines)")
            #expect(lines.filter { $0.contains("cannot save") }.count <= 1, "\(lines)")
            #expect(node.workProcesses(of: unit) == [])
        }
    }

    @Test("whose release is pending is released when it ends, also after a restart, however often that was asked for")
    func pendingRelease() throws {
        try with { node, _ in
            let unit = try node.client.submit("gated")
            let runners = node.workProcesses(of: unit).filter { $0.commandLine.contains("workceptor-runner") }.map(
                \.pid
            )
            #expect(runners.count == 1)
            let runner = try #require(runners.first)
            // A process whose tracer stands still takes no signal.
            guard let tracer = Program.tracer(of: runner) else { return }
            defer {
                tracer.signal(SIGKILL)
                tracer.wait()
            }
            tracer.signal(SIGSTOP)
            for _ in 0..<10 { #expect(try node.client.release(unit) == "{\"release pending\":\"\(unit)\"}\n") }
            try node.killAndRestart()
            #expect(try node.client.list()[unit] != nil)
            // It is killed some seconds after it should have ended, which its tracer hears of first.
            #expect(node.daemon?.errors.wait { $0.contains("the runner does not end; it is killed") } == true)
            tracer.signal(SIGKILL)
            #expect(settles(20) { (try? node.client.list())?[unit] == nil })
            #expect(try !node.unitsOnDisk().contains(unit))
            #expect(node.workProcesses(of: unit) == [])
        }
    }

    @Test("with a pipe in place of a file fails at once, and holds no other unit up", arguments: ["stdin", "stdout"])
    func pipe(name: String) throws {
        try with { node, _ in
            let (connection, unit) = try node.client.beginSubmit("cat")
            let file = node.file(name, of: unit)
            try FileManager.default.removeItem(atPath: file)
            #expect(mkfifo(file, 0o600) == 0)
            if name == "stdin" {
                try connection.send("x")
                connection.halfClose()
                #expect(try connection.line().hasPrefix("ERROR: "))
            } else {
                #expect(try node.client.command("work results \(unit)").hasPrefix("ERROR: "))
            }
            for number in 0..<20 {
                #expect(try node.client.resultsText(node.client.submit("cat", payload: "\(number)")) == "\(number)")
            }
        }
    }

    @Test("whose file is a link to another is not read through it", arguments: ["stdout", "status"])
    func link(name: String) throws {
        try with { node, _ in
            let unit = try node.client.submit("cat", payload: "mine")
            _ = try node.client.end(unit)
            let secret = try node.scratch.write("secret", "not for clients")
            let file = node.file(name, of: unit)
            try FileManager.default.removeItem(atPath: file)
            try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: secret)
            if name == "stdout" {
                let answer = try node.client.command("work results \(unit)")
                #expect(answer.hasPrefix("ERROR: ") && !answer.contains("not for clients"), "\(answer)")
            } else {
                try node.killAndRestart()
                #expect(try !node.client.command("work list").contains("not for clients"))
            }
        }
    }
}
