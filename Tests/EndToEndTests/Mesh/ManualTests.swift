import Foundation
import Testing

/// The manual's commands, one after the other, with its configuration files: only paths, ports and the lengths of its
/// sleeps are this test's.
@Suite("The manual on several nodes", .waiting)
struct ManualTests {
    /// A client's program.
    enum Ctl: String, Sendable {
        case receptorctl, workceptorctl

        func run(_ node: Node, _ arguments: [String], input: String = "") throws -> Program.Finished {
            switch self {
            case .receptorctl: try Receptorctl.run(node, arguments, input: input)
            case .workceptorctl:
                try Program.run(
                    "\(Binaries.folder)/workceptorctl",
                    ["--socket", node.socket] + arguments,
                    input: Array(input.utf8)
                )
            }
        }

        /// Connects to a control service.
        func connect(_ node: Node, to other: String, input: String, until text: String) throws -> Program.Finished {
            let arguments = ["connect", other, "control"]
            switch self {
            case .receptorctl:
                return try Receptorctl.run(node, onTerminal: arguments, input: input, until: text)
            case .workceptorctl: return try run(node, arguments, input: input)
            }
        }
    }

    struct Setup: CustomStringConvertible, Sendable {
        let ctl: Ctl
        let layout: Int
        let hasMiddle: Bool
        var description: String { "\(ctl), layout \(layout), \(hasMiddle ? 3 : 2) nodes" }
    }

    static let setups = [
        Setup(ctl: .receptorctl, layout: 2, hasMiddle: true), Setup(ctl: .receptorctl, layout: 1, hasMiddle: false),
        Setup(ctl: .workceptorctl, layout: 1, hasMiddle: true), Setup(ctl: .workceptorctl, layout: 2, hasMiddle: false),
    ]
    .filter { $0.ctl == .workceptorctl || Receptorctl.isAvailable }

    private static let layout2 = [
        "foo": """
        ---
        version: 2
        node:
          id: foo
          datadir: HOME/d

        log-level:
          level: Debug

        tcp-listeners:
          - port: PORT

        control-services:
          - service: control
            filename: HOME/s

        work-commands:
          - workType: echoint
            command: bash
            params: "-c \\"for i in {1..5}; do echo $i; sleep 0.05; done\\""
        """,
        "hop": """
        ---
        version: 2
        node:
          id: hop
          datadir: HOME/d

        tcp-listeners:
          - port: PORT

        tcp-peer:
          address: localhost:PEER

        control-services:
          - service: control
        """,
        "bar": """
        ---
        version: 2
        node:
          id: bar
          datadir: HOME/d

        log-level:
          level: Debug

        tcp-peer:
          address: localhost:PEER

        control-services:
          - service: control

        work-commands:
          - worktype: echoint
            command: bash
            params: "-c \\"for i in {1..10}; do echo $i; sleep 0.05; done\\""
          - workType: echopayload
            command: bash
            params: "-c \\"while read -r line; do echo ${line^^}; sleep 0.1; done\\""
          - workType: listcontents
            command: ls
            allowruntimeparams: true
          - workType: hang
            command: sleep
            params: "1000"
        """,
    ]

    private static let layout1 = [
        "foo": """
        ---
        - node:
            id: foo
            datadir: HOME/d
        - log-level: debug
        - tcp-listener:
            port: PORT
        - control-service:
            service: control
            filename: HOME/s
        - work-command:
            workType: echoint
            command: bash
            params: "-c \\"for i in {1..5}; do echo $i; sleep 0.05; done\\""
        """,
        "hop": """
        ---
        - node:
            id: hop
            datadir: HOME/d
        - tcp-listener: PORT
        - tcp-peer:
            address: localhost:PEER
        - control-service:
            service: control
        """,
        "bar": """
        ---
        - node:
            id: bar
            datadir: HOME/d
        - log-level:
            level: Debug
        - tcp-peer:
            address: localhost:PEER
        - control-service:
            service: control
        - work-command:
            worktype: echoint
            command: bash
            params: "-c \\"for i in {1..10}; do echo $i; sleep 0.05; done\\""
        - work-command:
            workType: echopayload
            command: bash
            params: "-c \\"while read -r line; do echo ${line^^}; sleep 0.1; done\\""
        - work-command:
            workType: listcontents
            command: ls
            allowruntimeparams: true
        - work-command:
            workType: hang
            command: sleep
            params: "1000"
        """,
    ]

    private func withNodes(_ setup: Setup, _ body: (Mesh, Node) throws -> Void) throws {
        let names = setup.hasMiddle ? ["foo", "hop", "bar"] : ["foo", "bar"]
        try Mesh.with(names.map { Mesh.Member($0) }, isStarted: false) { mesh in
            for (number, name) in names.enumerated() {
                let node = try mesh[name]
                var text = (setup.layout == 2 ? Self.layout2 : Self.layout1)[name] ?? ""
                text = text.replacing("HOME", with: node.scratch.path)
                text = text.replacing("PORT", with: "\(try mesh.port(of: name))")
                if number > 0 { text = text.replacing("PEER", with: "\(try mesh.port(of: names[number - 1]))") }
                try node.scratch.write("node.yml", text)
                try node.start()
            }
            let foo = try mesh["foo"]
            #expect(try settles(patience) { try foo.client.meshStatus().RoutingTable["bar"] == names[1] })
            try body(mesh, foo)
        }
    }

    /// Submits with a client and returns the unit's identifier.
    private func submit(_ setup: Setup, _ node: Node, _ arguments: [String]) throws -> String {
        let result = try setup.ctl.run(node, ["work", "submit"] + arguments)
        guard let match = result.output.wholeMatch(of: /Result: Job Started\nUnit ID: ([A-Za-z0-9]{8})\n/) else {
            throw Unexpected("\(result)")
        }
        return String(match.1)
    }

    @Test("Work is submitted to bar, with payload and parameters; its results come to foo", arguments: setups)
    func work(setup: Setup) throws {
        try withNodes(setup) { mesh, foo in
            func run(_ arguments: String..., input: String = "") throws -> Program.Finished {
                try setup.ctl.run(foo, arguments, input: input)
            }
            let local = try run("work", "submit", "echoint", "--no-payload", "-f")
            #expect(local.output == "1\n2\n3\n4\n5\n", "\(local)")
            // Remote work.
            let unit = try submit(setup, foo, ["echoint", "--node", "bar", "--no-payload"])
            let results = try run("work", "results", unit)
            #expect(results.end == .exited(0))
            #expect(results.output == "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "\(results)")
            // Payload.
            let lines = "hi\ni am foo\nwhat is your name\n"
            let payload = try run(
                "work",
                "submit",
                "echopayload",
                "--node",
                "bar",
                "--payload",
                "-",
                "-f",
                input: lines
            )
            #expect(payload.end == .exited(0))
            #expect(payload.output == lines.uppercased(), "\(payload)")
            // Runtime parameters.
            for folder in ["one", "two"] {
                try FileManager.default.createDirectory(
                    atPath: mesh.scratch.file(folder),
                    withIntermediateDirectories: true
                )
                try mesh.scratch.write("\(folder)/in-\(folder)", "")
                try mesh.scratch.write("\(folder)/.hidden", "")
            }
            let (one, two) = (mesh.scratch.file("one"), mesh.scratch.file("two"))
            let listed = try run("work", "submit", "--node", "bar", "--no-payload", "-f", "listcontents", one, two)
            #expect(listed.output == "\(one):\nin-one\n\n\(two):\nin-two\n", "\(listed)")
            let all = try run(
                "work",
                "submit",
                "--node",
                "bar",
                "--no-payload",
                "-f",
                "--param",
                "params=--all \(one)",
                "listcontents"
            )
            #expect(all.output == ".\n..\n.hidden\nin-one\n", "\(all)")
            let before = try foo.unitsOnDisk().count
            let there = try mesh["bar"].unitsOnDisk().count
            let refused = try run("work", "submit", "--node", "bar", "-n", "--param", "params=x", "echoint")
            #expect(refused.end == .exited(101), "\(refused)")
            #expect(refused.errors.contains("extra params provided but not allowed"), "\(refused)")
            let unknown = try run("work", "submit", "--node", "bar", "-n", "nosuch")
            #expect(unknown.end == .exited(101) && unknown.errors.contains("unknown work type nosuch"), "\(unknown)")
            // A record of each refusal is left here, nothing there.
            #expect(try foo.unitsOnDisk().count == before + 2)
            #expect(try mesh["bar"].unitsOnDisk().count == there)
            // Work list.
            let list = try run("work", "list")
            #expect(list.end == .exited(0))
            for text in [unit, "RemoteNode", "bar", "echoint", "exit status 0", "Succeeded"] {
                #expect(list.output.contains(text), "\(list)")
            }
            try checkExtraData(foo, unit)
        }
    }

    private func checkExtraData(_ node: Node, _ unit: String) throws {
        let line = try node.client.command("work list \(unit)")
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [String: Any]]
        let extra = try #require(object?[unit]?["ExtraData"] as? [String: Any])
        #expect(
            extra.keys.sorted() == [
                "Expiration", "LocalCancelled", "LocalReleased", "RemoteNode", "RemoteParams", "RemoteStarted",
                "RemoteUnitID", "RemoteWorkType", "SignWork", "TLSClient",
            ]
        )
        #expect(extra["Expiration"] as? String == "0001-01-01T00:00:00Z")
        #expect(extra["RemoteWorkType"] as? String == "echoint")
    }

    @Test(
        "Units are canceled and released on both nodes; status, ping, traceroute and connect reach bar",
        arguments: setups
    )
    func commands(setup: Setup) throws {
        try withNodes(setup) { mesh, foo in
            func run(_ arguments: String..., input: String = "") throws -> Program.Finished {
                try setup.ctl.run(foo, arguments, input: input)
            }
            let bar = try mesh["bar"]
            let unit = try submit(setup, foo, ["hang", "--node", "bar", "--no-payload"])
            // The mark of a process that has just begun to be its program shows a moment later.
            #expect(settles { bar.workProcesses().count == 2 })
            let canceled = try run("work", "cancel", unit)
            #expect(canceled.output == "Cancelled:\n(\(unit), cancelled)\n", "\(canceled)")
            #expect(bar.workProcesses() == [])
            let status = try foo.client.status(unit)
            #expect(status.StateName == "Canceled", "\(status)")
            #expect(try foo.client.results(unit) == [])
            #expect(try run("work", "release", unit).output == "Released:\n(\(unit), released)\n")
            let forced = try submit(setup, foo, ["hang", "--node", "bar", "--no-payload"])
            #expect(try run("work", "release", "--force", forced).output == "Released:\n(\(forced), released)\n")
            for node in [foo, bar] { #expect(try node.unitsOnDisk() == []) }
            #expect(bar.workProcesses() == [])
            // The mesh.
            let names = setup.hasMiddle ? ["foo", "hop", "bar"] : ["foo", "bar"]
            let ping = try run("ping", "bar", "--count", "2", "--delay", "0")
            #expect(ping.end == .exited(0))
            #expect(ping.output.split(separator: "\n").count == 2)
            #expect(ping.output.split(separator: "\n").allSatisfy { $0.hasPrefix("Reply from bar in ") }, "\(ping)")
            let trace = try run("traceroute", "bar").output.split(separator: "\n").map(String.init)
            #expect(trace.count == names.count, "\(trace)")
            for (number, name) in names.enumerated() where number < trace.count {
                #expect(trace[number].hasPrefix("\(number): \(name) in "), "\(trace)")
            }
            #expect(
                try settles {
                    try names.dropFirst().allSatisfy { name in
                        try foo.client.meshStatus().Advertisements?.contains { $0.NodeID == name } == true
                    }
                }
            )
            let people = try run("status").output
            for text in [
                "Node ID: foo", #"Connection +Cost\n\#(names[1]) +1"#, #"Known Node +Known Connections"#,
                #"Route +Via"#, #"bar +\#(names[1])"#, #"bar +control +Stream"#, "echopayload",
            ] {
                #expect(try people.contains(Regex(text)), "\(text) in \(people)")
            }
            let connected = try setup.ctl.connect(foo, to: "bar", input: "status\n", until: #""NodeID":"bar""#)
            #expect(connected.end == .exited(0), "\(connected)")
            // receptorctl drops a greeting that comes in one piece with the line before it.
            if setup.ctl == .workceptorctl {
                #expect(connected.output.contains("Receptor Control, node bar\n"), "\(connected)")
            }
            #expect(connected.output.contains(#""NodeID":"bar""#), "\(connected)")
        }
    }
}
