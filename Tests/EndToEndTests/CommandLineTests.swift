import Foundation
import Testing

@Suite("The daemon's command line", .blocking)
struct CommandLineTests {
    @Test("--check prints all problems with their positions and exits with 1")
    func checkPrintsAllProblems() throws {
        try Scratch.with { scratch in
            let path = try scratch.write(
                "bad.yml",
                """
                version: 2
                node:
                  id: localhost
                  datadirr: /tmp/x
                control-services:
                  - service: control
                    permissions: 9999
                work-commands:
                  - worktype: a
                    command: cat
                  - worktype: a
                    command: cat
                  - worktype: b
                  - worktype: c
                    command: cat
                    params: "'open"
                  - worktype: d
                    plugin: nosuch
                  - comand: y
                nonsense: true

                """
            )
            let check = try Program.run(Binaries.daemon, ["--config", path, "--check"])
            #expect(check.end == .exited(1))
            #expect(check.output == "")
            let lines = check.errors.split(separator: "\n").map(String.init)
            for line in lines { #expect(line.contains(#/^[^ ]*bad\.yml:\d+:\d+: error: /#), "\(line)") }
            // One problem at each of these lines of the file, and nothing started.
            let numbers = lines.compactMap { $0.firstMatch(of: /bad\.yml:(\d+):/).flatMap { Int($0.1) } }
            #expect(numbers == numbers.sorted())
            #expect(numbers == [3, 4, 7, 11, 13, 16, 17, 19, 19, 19, 20], "\(check.errors)")
            #expect(check.errors.contains("did you mean 'datadir'?"))
            let start = try Program.run(Binaries.daemon, ["--config", path])
            #expect(start.end == .exited(1))
            #expect(start.errors == check.errors)
        }
    }

    @Test("--check of a good file says so and starts nothing")
    func checkOfAGoodFile() throws {
        try Scratch.with { scratch in
            let path = try scratch.write("good.yml", NodeFile().yaml(in: scratch))
            let check = try Program.run(Binaries.daemon, ["-c", path, "--check"])
            #expect(check.end == .exited(0))
            #expect(check.output.contains("ok"))
            #expect(!FileManager.default.fileExists(atPath: scratch.file("d")))
            #expect(!FileManager.default.fileExists(atPath: scratch.file("s")))
        }
    }

    @Test("The examples of the repository are good", arguments: ["foo.yml", "foo-layout1.yml", "bar.yml"])
    func examples(name: String) throws {
        let path = "\(Binaries.repository)/examples/\(name)"
        let check = try Program.run(Binaries.daemon, ["--config", path, "--check"])
        #expect(check.end == .exited(0), "\(check.errors)")
    }

    @Test("A file that is missing is one clear line")
    func missingFile() throws {
        for arguments in [["--config", "/nonexistent/node.yml"], ["--config", "/nonexistent/node.yml", "--check"]] {
            let result = try Program.run(Binaries.daemon, arguments)
            #expect(result.end == .exited(1))
            #expect(result.errors.split(separator: "\n").count == 1)
            #expect(result.errors.contains("/nonexistent/node.yml"))
            #expect(result.errors.lowercased().contains("no such file"))
        }
    }

    @Test("--version prints the name and the version")
    func version() throws {
        let result = try Program.run(Binaries.daemon, ["--version"])
        #expect(result.end == .exited(0))
        #expect(result.output.wholeMatch(of: /workceptor \d+\.\d+\.\d+\n/) != nil, "\(result.output)")
    }

    @Test("--check counts one work type as one, and warns of a node that can do nothing")
    func checkOfAnIdleNode() throws {
        try Scratch.with { scratch in
            let work = try scratch.write("work.yml", "- node: foo\n- work-command: {worktype: a, command: cat}\n")
            let check = try Program.run(Binaries.daemon, ["--config", work, "--check"])
            #expect(check.end == .exited(0))
            #expect(check.output == "\(work): ok, 1 work type\n")
            #expect(check.errors.hasPrefix("warning: \(work):1:3: the node can do nothing"), "\(check.errors)")
        }
    }

    @Test("No value of a plugin's key takes --check down")
    func extremeValues() throws {
        try Scratch.with { scratch in
            let keys = [
                "command: V", "command: c, params: V", "command: c, gracetime: V", "plugin: echo, delay: V",
                "plugin: echo, reply: V", "plugin: remote, node: V", "plugin: remote, node: n, ttl: V",
                "plugin: remote, node: n, signwork: V", "plugin: V",
            ]
            let values = [
                "9223372036854775807ns", "-9223372036854775808ns", "2562047h", "876000h", "0s", "-1s", "1e309", "''",
                "null", "[]", "{}", "'\\'", "\"'\"", "99999999999999999999h", "!!binary AAAA", ".nan",
            ]
            for value in values {
                let entries = keys.enumerated().map { index, key in
                    "- work-command: {worktype: w\(index), \(key.replacing("V", with: value))}\n"
                }
                let text = "- node: foo\n- control-service: {filename: \(scratch.file("s"))}\n" + entries.joined()
                let path = try scratch.write("extreme.yml", text)
                let check = try Program.run(Binaries.daemon, ["--config", path, "--check"])
                #expect(check.end == .exited(1), "\(value): \(check.end)")
                for line in check.errors.split(separator: "\n") {
                    #expect(line.contains(#/extreme\.yml:\d+:\d+: error: /#), "\(line)")
                }
            }
        }
    }

    @Test("The greatest values that --check accepts are no harm to a node that runs")
    func greatestValues() throws {
        let work = """
            - worktype: slow
              plugin: echo
              delay: 876000h
            - worktype: cat
              command: cat
              gracetime: 1h
            - worktype: far
              plugin: remote
              node: nowhere
              ttl: 876000h
            """
        let port = try FreePort()
        let sections = """
            tcp-listeners:
              - port: \(port.number)
                bindaddr: 127.0.0.1
                cost: 1000000000
                nodecost: {bar: 0.000000001}
            """
        try Node.with(NodeFile(work: work, nodeKeys: "maxidleconnectiontimeout: 876000h", sections: sections)) { node in
            let slow = try node.client.submit("slow")
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "x")) == "x")
            let (connection, far) = try node.client.beginSubmit("far")
            connection.halfClose()
            #expect(try node.client.status(slow).StateName == "Running")
            #expect(try node.client.list().keys.contains(far))
            #expect(try node.client.cancel(slow) == "{\"cancelled\":\"\(slow)\"}\n")
            #expect(try node.client.command("reload") == "{\"Success\":true}\n")
        }
    }

    @Test(
        "A wrong command line exits with 64",
        arguments: [[], ["--nosuch"], ["--config", "x", "--node-id", "y"], ["-c", "x", "-c", "y"]]
    )
    func wrongCommandLine(arguments: [String]) throws {
        #expect(try Program.run(Binaries.daemon, arguments).end == .exited(64))
    }

    @Test("A node without a data directory that it can use is one clear line")
    func unusableDataDirectory() throws {
        try Scratch.with { scratch in
            try scratch.write("d", "a file")
            let path = try scratch.write("node.yml", NodeFile().yaml(in: scratch))
            let result = try Program.run(Binaries.daemon, ["--config", path])
            #expect(result.end == .exited(1))
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(result.errors.contains(scratch.file("d")))
        }
    }

    @Test("A socket path that is too long, or in no directory, is one clear line")
    func unusableSocket() throws {
        try Scratch.with { scratch in
            for socket in ["nosuch/s", String(repeating: "s", count: 120)] {
                var file = NodeFile()
                file.socket = socket
                let path = try scratch.write("node.yml", file.yaml(in: scratch))
                let result = try Program.run(Binaries.daemon, ["--config", path])
                #expect(result.end == .exited(1))
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
                #expect(result.errors.contains(socket), "\(result.errors)")
            }
        }
    }

    @Test("A runner that nobody gave an order says what it is")
    func runnerAlone() throws {
        let result = try Program.run(Binaries.runner, [])
        #expect(result.end == .exited(64))
        #expect(result.errors.contains("started by workceptor only"))
        #expect(try Program.run(Binaries.runner, ["--version"]).output.hasPrefix("workceptor-runner "))
    }

    @Test("A daemon without its runner says where it looked")
    func missingRunner() throws {
        try Scratch.with { scratch in
            let path = try scratch.write("node.yml", NodeFile().yaml(in: scratch))
            let result = try Program.run(
                Binaries.daemon,
                ["--config", path],
                environment: ["WORKCEPTOR_RUNNER": "/nonexistent/runner"]
            )
            #expect(result.end == .exited(1))
            #expect(result.errors.contains("/nonexistent/runner"), "\(result.errors)")
        }
    }
}
