import CommandPlugin
import JSON
import LinuxSystem
import TestSupport
import Testing
import WorkTypeTestKit
import Workceptor

@Suite struct `The command plugin` {
    private func bash(_ script: String, grace: Duration = .seconds(5)) -> CommandSettings {
        CommandSettings(command: "bash", params: "-c \"\(script)\"", gracePeriod: grace)
    }

    @Test func `does what every work type must`() async throws {
        try await WorkTypeConformance.verify(
            CommandPlugin(),
            quick: bash("cat; echo done"),
            endless: bash("sleep 1000 & sleep 1000")
        )
    }

    @Test func `gives the payload on standard input and keeps both outputs in order`() async throws {
        try await WorkTypeFixture.with(CommandPlugin(), settings: bash("cat; echo err >&2; echo out")) { fixture in
            let result = try await fixture.run(payload: "in\n")
            #expect(result.stdout == "in\nerr\nout\n")
        }
    }

    @Test(arguments: [
        ("exit 7", "exit status 7"), ("kill -TERM $$", "signal: terminated"), ("kill -9 $$", "signal: killed"),
    ])
    func `tells how a command failed`(script: String, detail: String) async throws {
        try await WorkTypeFixture.with(CommandPlugin(), settings: bash(script)) { fixture in
            let status = try await fixture.run().status
            #expect(status.state == .failed && status.detail == detail && status.extraData.isNull)
        }
    }

    @Test(arguments: [
        ("no-such-program", "exec: \"no-such-program\": executable file not found in $PATH"),
        ("/no/such/program", "fork/exec /no/such/program: no such file or directory"),
        ("/etc/passwd", "fork/exec /etc/passwd: permission denied"),
    ])
    func `refuses to start what cannot be executed`(command: String, detail: String) async throws {
        try await WorkTypeFixture.with(CommandPlugin(), settings: CommandSettings(command: command)) { fixture in
            await #expect { try await fixture.start() } throws: { "\($0)" == detail }
        }
    }

    @Test func `appends the client's parameters`() async throws {
        let settings = CommandSettings(command: "echo", params: "fixed 'one word'")
        try await WorkTypeFixture.with(CommandPlugin(), settings: settings) { fixture in
            let result = try await fixture.run(parameters: ["params": "'a  b' c"])
            #expect(result.stdout == "fixed one word a  b c\n")
        }
    }

    /// What looks like an executable of some machine, and a text that only a shell would make something of.
    @Test(arguments: ["\u{7F}ELF\necho no", "\u{7F}ELF\u{2}\u{1}\u{1}\0\0\0\0\0\0\0\0\0\u{2}\0\u{B7}\0", "echo no", ""])
    func `never has a shell run what is no program`(content: String) async throws {
        try await withDirectory { folder in
            try Files.makeDirectory(folder)
            try Files.replace("\(folder)/tool", with: Array(content.utf8), mode: 0o700)
            try await WorkTypeFixture.with(CommandPlugin(), settings: CommandSettings(command: "\(folder)/tool")) {
                fixture in
                await #expect { try await fixture.start() } throws: {
                    "\($0)" == "fork/exec \(folder)/tool: exec format error"
                }
            }
        }
    }

    @Test func `runs a script by the interpreter that it names`() async throws {
        let path = "/tmp/script-\(UInt32.random(in: 0 ... .max))"
        try Files.replace(path, with: Array("#!/bin/bash\necho ${BASH:+bash}\n".utf8), mode: 0o700)
        defer { try? Files.remove(path) }
        try await WorkTypeFixture.with(CommandPlugin(), settings: CommandSettings(command: path)) { fixture in
            let result = try await fixture.run()
            #expect(result.stdout == "bash\n")
        }
    }

    @Test func `refuses a zero byte in a parameter, which would end an argument`() async throws {
        try await WorkTypeFixture.with(CommandPlugin(), settings: CommandSettings(command: "echo")) { fixture in
            await #expect { try await fixture.start(parameters: ["params": "a\0b"]) } throws: {
                ($0 as? WorkError)?.code == .invalidRequest && "\($0)".contains("zero byte")
            }
        }
    }

    @Test(arguments: [["params": "'open"], ["other": "x"]])
    func `refuses parameters that make no command line`(parameters: [String: String]) async throws {
        try await WorkTypeFixture.with(CommandPlugin(), settings: CommandSettings(command: "echo")) { fixture in
            await #expect { try await fixture.start(parameters: parameters) } throws: {
                ($0 as? WorkError)?.code == .invalidRequest
            }
        }
    }

    @Test func `kills what ignores a cancel request within the grace period`() async throws {
        let settings = bash("trap '' TERM; echo ready; while true; do sleep 1000; done", grace: .seconds(10))
        try await WorkTypeFixture.with(CommandPlugin(), settings: settings) { fixture in
            let unit = try await fixture.start()
            #expect(try await fixture.cancel(unit) == .done)
            #expect(unit.status.state == .canceled && unit.status.detail == "Canceled")
        }
    }

    @Test func `tells the process number while it runs`() async throws {
        try await WorkTypeFixture.with(CommandPlugin(), settings: bash("echo $$; exec sleep 1000")) { fixture in
            let unit = try await fixture.start()
            let registration = unit.followOutput()
            var version = unit.version
            while unit.status.stdoutSize == 0 {
                await unit.changed(since: version)
                version = unit.version
            }
            unit.unfollowOutput(registration)
            let pid = unit.knownPID
            _ = try await fixture.cancel(unit)
            let result = try await fixture.result(of: unit)
            #expect(result.stdout == "\(pid ?? 0)\n")
        }
    }
}

extension WorkUnit {
    /// The process number that the detail of a running unit ends with.
    fileprivate var knownPID: Int32? { status.detail.split(separator: " ").last.flatMap { Int32($0) } }
}
