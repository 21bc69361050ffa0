import Foundation
import Testing

@Suite("receptorctl 1.6.9", .blocking, .enabled(if: Receptorctl.isAvailable))
struct ReceptorctlTests {
    /// The file of the manual's first node, in both layouts; only the paths are this test's.
    static let manual = [
        """
        ---
        version: 2
        node:
          id: foo
          datadir: SCRATCH/d

        log-level:
          level: Debug

        tcp-listeners:
          - port: PORT

        control-services:
          - service: control
            filename: SCRATCH/s

        work-commands:
          - workType: echoint
            command: bash
            params: "-c \\"for i in {1..5}; do echo $i; sleep 1; done\\""
        """,
        """
        ---
        - node:
            id: foo
            datadir: SCRATCH/d

        - log-level: debug

        - tcp-listener:
            port: PORT

        - control-service:
            service: control
            filename: SCRATCH/s

        - work-command:
            workType: echoint
            command: bash
            params: "-c \\"for i in {1..5}; do echo $i; sleep 1; done\\""
        """,
    ]

    @Test("The manual's foo.yml as it is written there", arguments: [2, 1])
    func manualsFile(layout: Int) throws {
        let scratch = try Scratch()
        // 2222 in the manual: other tests, and other programs, use it too.
        let port = try FreePort()
        try Node.with(NodeFile(), in: scratch, isStarted: false) { node in
            let file = Self.manual[2 - layout].replacing("SCRATCH", with: scratch.path)
            try scratch.write("node.yml", file.replacing("PORT", with: "\(port.number)"))
            try node.start()
            let submitted = try Receptorctl.run(node, ["work", "submit", "echoint", "--no-payload", "-f"])
            #expect(submitted.end == .exited(0))
            #expect(submitted.output == "1\n2\n3\n4\n5\n")
            let status = try Receptorctl.run(node, ["status"])
            #expect(status.end == .exited(0), "\(status.errors)")
            #expect(status.output.contains("Node ID: foo"))
            #expect(status.output.contains("echoint"))
        }
    }

    private static let work = """
        - worktype: cat
          command: cat
        - worktype: count
          command: bash
          params: -c "for i in 1 2 3; do echo $i; sleep 0.05; done"
        - worktype: list
          command: echo
          params: -n
          allowruntimeparams: true
        - worktype: fixed
          command: echo
          params: fixed
        - worktype: failing
          command: bash
          params: -c "echo some output; exit 7"
        - worktype: missing
          command: nosuchprogram
        - worktype: missingpath
          command: /nonexistent/program
        - worktype: long
          command: sleep
          params: "1000"
        """

    /// Runs a submit and returns the unit's identifier.
    private func submit(_ node: Node, _ arguments: [String], input: String = "") throws -> String {
        let result = try Receptorctl.run(node, ["work", "submit"] + arguments, input: input)
        guard let match = result.output.wholeMatch(of: /Result: Job Started\nUnit ID: ([A-Za-z0-9]{8})\n/) else {
            throw Unexpected("\(result)")
        }
        #expect(result.end == .exited(0))
        return String(match.1)
    }

    private func results(_ node: Node, _ unit: String) throws -> String {
        let result = try Receptorctl.run(node, ["work", "results", unit])
        #expect(result.end == .exited(0), "\(result.errors)")
        return result.output
    }

    @Test("The payload comes from a file, a literal, standard input or nowhere")
    func payloads() throws {
        try Node.with(work: Self.work) { node in
            let text = (1...20_000).map { "line \($0)\n" }.joined()
            let file = try node.scratch.write("payload", text)
            #expect(try results(node, submit(node, ["cat", "--payload", file])) == text)
            #expect(try results(node, submit(node, ["cat", "-l", "a literal"])) == "a literal\n")
            #expect(try results(node, submit(node, ["cat", "-p", "-"], input: text)) == text)
            let none = try submit(node, ["cat", "-n"])
            #expect(try results(node, none) == "")
        }
    }

    @Test("-f prints the results; --rm releases the unit afterwards")
    func followAndRemove() throws {
        try Node.with(work: Self.work) { node in
            let followed = try Receptorctl.run(node, ["work", "submit", "count", "-n", "-f"])
            #expect(followed.end == .exited(0))
            #expect(followed.output == "1\n2\n3\n")
            #expect(try node.unitsOnDisk().count == 1)
            let removed = try Receptorctl.run(node, ["work", "submit", "count", "-n", "-f", "--rm"])
            #expect(removed.end == .exited(0), "\(removed.errors)")
            #expect(removed.output.hasPrefix("1\n2\n3\n"))
            #expect(removed.output.contains("released"))
            #expect(try node.unitsOnDisk().count == 1)
        }
    }

    @Test("Units are listed with what is known of them")
    func list() throws {
        try Node.with(work: Self.work) { node in
            let unit = try submit(node, ["cat", "-l", "abc"])
            try node.client.end(unit)
            let all = try Receptorctl.run(node, ["work", "list"])
            #expect(all.end == .exited(0))
            for text in [
                unit, "\"StateName\": \"Succeeded\"", "\"Detail\": \"exit status 0\"", "\"StdoutSize\": 4",
                "\"WorkType\": \"cat\"",
            ] {
                #expect(all.output.contains(text), "\(all.output)")
            }
            let second = try submit(node, ["long", "-n"])
            let one = try Receptorctl.run(node, ["work", "list", "--unit_id", second])
            #expect(one.output.contains("\"StateName\": \"Running\"") && !one.output.contains(unit), "\(one.output)")
            #expect(one.output.contains("\"Detail\": \"Running: PID "))
            let quiet = try Receptorctl.run(node, ["work", "list", "-q"])
            #expect(Set(quiet.output.split(separator: "\n").map(String.init)) == [unit, second])
            let unknown = try Receptorctl.run(node, ["work", "list", "--unit_id", "nosuch"])
            #expect(unknown.end != .exited(0) && unknown.errors.contains("unknown work unit nosuch"), "\(unknown)")
        }
    }

    @Test("Units are canceled and released, one, several or all")
    func cancelAndRelease() throws {
        try Node.with(work: Self.work) { node in
            let units = try (0..<4).map { _ in try submit(node, ["long", "-n"]) }
            let canceled = try Receptorctl.run(node, ["work", "cancel", units[0]])
            #expect(canceled.end == .exited(0))
            #expect(canceled.output == "Cancelled:\n(\(units[0]), cancelled)\n")
            #expect(try node.client.status(units[0]).StateName == "Canceled")
            #expect(try results(node, units[0]) == "")
            let released = try Receptorctl.run(node, ["work", "release", units[0], units[1]])
            #expect(released.end == .exited(0))
            #expect(released.output == "Released:\n(\(units[0]), released)\n(\(units[1]), released)\n")
            let forced = try Receptorctl.run(node, ["work", "release", "--force", units[2]])
            #expect(forced.output == "Released:\n(\(units[2]), released)\n")
            let all = try Receptorctl.run(node, ["work", "release", "--all"])
            #expect(all.output == "Released:\n(\(units[3]), released)\n")
            #expect(try node.unitsOnDisk() == [])
            #expect(node.workProcesses() == [])
            let again = try Receptorctl.run(node, ["work", "release", units[0]])
            #expect(again.end == .exited(1))
        }
    }

    @Test("Runtime parameters are passed where they are allowed, and refused where they are not")
    func runtimeParameters() throws {
        try Node.with(work: Self.work) { node in
            #expect(try results(node, submit(node, ["list", "-n", "--param", "params='a  b' c"])) == "a  b c")
            #expect(try results(node, submit(node, ["list", "-n", "x", "y"])) == "x y")
            #expect(try results(node, submit(node, ["fixed", "-n"])) == "fixed\n")
            for arguments in [["--param", "params=x"], ["--param", "other=x"], ["x"]] {
                let refused = try Receptorctl.run(node, ["work", "submit", "fixed", "-n"] + arguments)
                #expect(refused.end == .exited(101))
                #expect(refused.errors.contains("extra params provided but not allowed"), "\(refused)")
            }
            #expect(try node.unitsOnDisk().count == 3)
        }
    }

    @Test("A command that fails, or that is missing, is told with the reason")
    func failures() throws {
        try Node.with(work: Self.work) { node in
            let failing = try Receptorctl.run(node, ["work", "submit", "failing", "-n", "-f"])
            #expect(failing.end == .exited(1))
            #expect(failing.output == "some output\n")
            #expect(failing.errors.contains("Remote unit failed: exit status 7"), "\(failing.errors)")
            for (type, reason) in [
                ("missing", "exec: \"nosuchprogram\": executable file not found in $PATH"),
                ("missingpath", "fork/exec /nonexistent/program: no such file or directory"),
            ] {
                let missing = try Receptorctl.run(node, ["work", "submit", type, "-n"])
                #expect(missing.end == .exited(101))
                #expect(missing.errors.contains(reason), "\(missing.errors)")
                let unit = try #require(try node.client.list().first { $0.value.WorkType == type })
                #expect(unit.value.StateName == "Failed")
                #expect(unit.value.Detail == reason)
                #expect(try node.client.results(unit.key) == [])
            }
            let unknown = try Receptorctl.run(node, ["work", "submit", "nosuch", "-n"])
            #expect(unknown.end == .exited(101) && unknown.errors.contains("unknown work type nosuch"), "\(unknown)")
        }
    }

    @Test("status, ping, traceroute, reload and version work")
    func nodeCommands() throws {
        try Node.with(work: Self.work) { node in
            let status = try Receptorctl.run(node, ["status", "--json"])
            #expect(status.end == .exited(0) && status.output.contains("\"NodeID\": \"foo\""), "\(status)")
            let people = try Receptorctl.run(node, ["status"])
            #expect(people.end == .exited(0), "\(people.errors)")
            for text in ["Node ID: foo", "Version:", "foo          control   Stream", "cat, count, failing"] {
                #expect(people.output.contains(text), "\(people.output)")
            }
            let ping = try Receptorctl.run(node, ["ping", "foo", "--count", "2", "--delay", "0"])
            #expect(ping.end == .exited(0))
            #expect(
                ping.output.split(separator: "\n").allSatisfy { $0.hasPrefix("Reply from foo in ") },
                "\(ping.output)"
            )
            let noPing = try Receptorctl.run(node, ["ping", "nosuch", "--count", "1"])
            #expect(noPing.end == .exited(2) && noPing.errors.contains("no route to node"), "\(noPing)")
            let trace = try Receptorctl.run(node, ["traceroute", "foo"])
            #expect(trace.end == .exited(0) && trace.output.hasPrefix("0: foo in "), "\(trace)")
            #expect(try Receptorctl.run(node, ["reload"]).output.contains("Reload successful"))
            let version = try Receptorctl.run(node, ["version"])
            #expect(
                version.end == .exited(0) && version.output.contains("receptorctl  \(Receptorctl.version)"),
                "\(version)"
            )
            try node.scratch.write("node.yml", NodeFile(id: "other").yaml(in: node.scratch))
            #expect(try Receptorctl.run(node, ["reload"]).end == .exited(3))
            try node.scratch.write("node.yml", "version: 2\nnode: [\n")
            #expect(try Receptorctl.run(node, ["reload"]).end == .exited(4))
        }
    }

    @Test("It works over TCP")
    func tcp() throws {
        let port = try FreePort()
        try Node.with(NodeFile(work: Self.work, tcpPort: port.number)) { node in
            let result = try Receptorctl.run(
                socket: "tcp://127.0.0.1:\(port.number)",
                ["work", "submit", "cat", "-l", "over tcp", "-f"]
            )
            #expect(result.end == .exited(0), "\(result.errors)")
            #expect(result.output == "over tcp\n")
        }
    }
}
