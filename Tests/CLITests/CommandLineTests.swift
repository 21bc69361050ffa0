import ArgumentParser
import ControlClient
import Testing

@testable import workceptorctl

@Suite struct `The command line` {
    private func parse<Command>(_ line: String, as type: Command.Type) throws -> Command {
        let arguments = LeadingOptions.normalized(line.split(separator: " ").map(String.init))
        return try #require(try Workceptorctl.parseAsRoot(arguments) as? Command)
    }

    @Test(arguments: [
        "--socket /s work list", "work --socket /s list", "work list --socket /s", "work list --socket=/s",
        "-c node.yml --tls-client t --rootcas r --key k --cert c --insecureskipverify True --socket /s work list",
        "-cnode.yml --tls-client=t --socket=/s work list --tls-client u",
    ])
    func `takes the socket before and after the command`(line: String) throws {
        #expect(try parse(line, as: WorkListCommand.self).connection.address() == .unix(path: "/s"))
    }

    @Test func `tells the TLS client of the control connection from that of the work`() throws {
        let command = try parse("--tls-client a work submit cat --tls-client b -n", as: WorkSubmitCommand.self)
        #expect(command.tls.controlTLSClient == "a" && command.tlsClient == "b")
    }

    @Test func `has all of receptorctl's options for submit`() throws {
        let command = try parse(
            "work submit cat --node bar -l --x --ttl 1h --signwork -f --rm -a a=1 --param b=2 /root -- --all",
            as: WorkSubmitCommand.self
        )
        #expect(command.worktype == "cat" && command.cmdparams == ["/root", "--all"])
        #expect(command.node == "bar" && command.payloadLiteral == "--x" && command.ttl == "1h")
        #expect(command.signwork && command.follow && command.rm && command.param == ["a=1", "b=2"])
        let payload = try parse("work submit cat -p - --payload-literal x --no-payload", as: WorkSubmitCommand.self)
        #expect(payload.payload == "-" && payload.payloadLiteral == "x" && payload.noPayload)
    }

    @Test func `has all of receptorctl's options for list, and filters`() throws {
        let command = try parse(
            "work list -q --unit_id u --node bar --state failed --state Canceled --type a --older-than 1h",
            as: WorkListCommand.self
        )
        #expect(command.quiet && command.unitID == "u" && command.node == "bar")
        #expect(command.state.map(\.state) == [.failed, .canceled] && command.type == ["a"])
        #expect(command.olderThan == TimeSpan(seconds: 3600))
        #expect(try parse("work list --unit-id u", as: WorkListCommand.self).unitID == "u")
    }

    @Test(arguments: [
        "work submit bash -c hi -n", "work list --state bogus", "work list --older-than 5", "bogus",
        "ping bar --count x", "ping bar --delay -1", "work results u --startpos -1", "work watch --interval 0",
        "keys generate --bits 512", "keys generate --private a --public a", "work release --all u",
    ])
    func `that is wrong ends with exit code 64`(line: String) {
        let arguments = LeadingOptions.normalized(line.split(separator: " ").map(String.init))
        #expect { try Workceptorctl.parseAsRoot(arguments) } throws: {
            Workceptorctl.exitCode(for: $0) == .validationFailure
        }
    }

    @Test func `takes the socket from the environment, our variable first`() throws {
        var options = try ConnectionOptions.parse([])
        func address(_ variables: [String: String]) throws -> ControlAddress {
            try options.address(in: Environment { variables[$0] })
        }
        #expect(try address(["RECEPTORCTL_SOCKET": "/r"]) == .unix(path: "/r"))
        #expect(try address(["RECEPTORCTL_SOCKET": "/r", "WORKCEPTORCTL_SOCKET": "/w"]) == .unix(path: "/w"))
        #expect(try address(["RECEPTORCTL_SOCKET": "/r", "WORKCEPTORCTL_SOCKET": ""]) == .unix(path: "/r"))
        #expect { try address([:]) } throws: {
            ($0 as? CommandFailure)?.message?.hasPrefix("No control socket given: use --socket ADDRESS") ?? false
        }
        options.socket = "/o"
        #expect(try address(["WORKCEPTORCTL_SOCKET": "/w"]) == .unix(path: "/o"))
    }

    @Test func `tells completions the socket it names`() {
        #expect(Completions.socket(in: ["workceptorctl", "--socket", "/s", "work"]) == "/s")
        #expect(Completions.socket(in: ["workceptorctl", "work", "--socket=/s"]) == "/s")
        #expect(Completions.socket(in: ["workceptorctl", "--socket"]) == nil)
    }

    @Test(arguments: [("a ERRORCODE 3", CInt(3)), ("b ERRORCODE 4", 4), ("c", 5)])
    func `of reload ends with the exit code for the node's reason`(error: String, code: CInt) {
        #expect(ReloadCommand.exitCode(for: error).rawValue == code)
    }

    @Test(arguments: [
        ("error: cannot read /n.yml ERRORCODE 4", "cannot read /n.yml ERRORCODE 4"),
        ("/n.yml:1:2: error: x ERRORCODE 4", "/n.yml:1:2: error: x ERRORCODE 4"),
    ])
    func `of reload says once that there is an error`(error: String, message: String) {
        #expect(ReloadCommand.message(for: error) == message)
    }

    @Test(arguments: [
        ("", "Must provide one of --payload, --no-payload or --payload-literal."),
        ("-p=", "Must provide one of --payload, --no-payload or --payload-literal."),
        ("-l x -n", "Cannot provide more than one of --payload, --no-payload and --payload-literal."),
        ("-p /nonexistent/f", "Failed to load payload file: /nonexistent/f: No such file or directory"),
        ("-p /tmp", "Failed to load payload file: /tmp: it is a directory"),
    ])
    func `of submit needs exactly one payload that can be read`(options: String, message: String) throws {
        let command = try parse("work submit cat \(options)", as: WorkSubmitCommand.self)
        #expect(throws: CommandFailure(message)) { _ = try command.payloadSource() }
    }

    @Test(arguments: [("-l=", ""), ("-l x", "x\n")])
    func `of submit takes any literal payload, an empty one too`(options: String, bytes: String) throws {
        let source = try parse("work submit cat \(options)", as: WorkSubmitCommand.self).payloadSource()
        #expect(source.size == Int64(bytes.utf8.count))
    }
}
