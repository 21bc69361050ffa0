import Foundation
import Testing

/// What a reload changes, and what it leaves alone when something does not work.
@Suite("A reload", .blocking)
struct ReloadTests {
    /// A node that has listeners, and a body that rewrites its file.
    private func withNode(
        work: String = NodeFile().work,
        sections: String = "",
        in scratch: Scratch? = nil,
        _ body: (Node, (String, String) throws -> (error: String, isSuccess: Bool)) throws -> Void
    ) throws {
        try Node.with(NodeFile(work: work, sections: sections), in: scratch) { node in
            try body(node) { work, sections in
                try node.scratch.write("node.yml", NodeFile(work: work, sections: sections).yaml(in: node.scratch))
                return try Self.reload(node)
            }
        }
    }

    private static func reload(_ node: Node) throws -> (error: String, isSuccess: Bool) {
        let line = try node.client.command("reload")
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return ((object?["Error"] as? String) ?? "", (object?["Success"] as? Bool) ?? false)
    }

    private static func listener(_ port: UInt16, host: String = "127.0.0.1", more: String = "") -> String {
        "tcp-listeners:\n  - port: \(port)\n    bindaddr: \(host)\(more)\n"
    }

    private static let upper = """
        - worktype: upper
          command: tr
          params: a-z A-Z
        """

    /// A port that somebody else listens at, as long as the value lives.
    private static func takenPort() throws -> (port: UInt16, owner: Program) {
        let script = """
            import socket, sys
            s = socket.socket()
            s.bind(("127.0.0.1", 0))
            s.listen()
            print(s.getsockname()[1], flush=True)
            sys.stdin.read()
            import time
            time.sleep(60)
            """
        let owner = try Program("python3", ["-c", script])
        guard owner.output.wait(until: { $0.hasSuffix("\n") }), let port = UInt16(owner.output.text.dropLast()) else {
            throw Unexpected("no port: \(owner.errors.text)")
        }
        return (port, owner)
    }

    private static func accepts(_ port: UInt16) -> Bool {
        (try? ControlConnection(tcp: port)) != nil
    }

    @Test("whose listener cannot listen says why, changes nothing, and is tried again by the next one")
    func portOfSomebodyElse() throws {
        try withNode { node, reload in
            let (port, owner) = try Self.takenPort()
            defer {
                owner.signal(SIGKILL)
                owner.wait()
            }
            let free = try FreePort()
            let sections =
                Self.listener(free.number) + "  - port: \(port)\n    bindaddr: 127.0.0.1\n"
            for _ in 0..<2 {
                let (error, isSuccess) = try reload(Self.upper, sections)
                #expect(!isSuccess)
                #expect(error.contains("node.yml:") && error.contains("127.0.0.1:\(port)"), "\(error)")
                #expect(error.contains("address already in use") && error.hasSuffix("ERRORCODE 4"), "\(error)")
                #expect(!error.contains("errno"), "\(error)")
                // Neither the work types nor the other listener.
                #expect(try node.client.resultsText(node.client.submit("cat", payload: "abc")) == "abc")
                #expect(throws: Client.Refused.self) { try node.client.submit("upper") }
                #expect(!Self.accepts(free.number))
            }
            owner.signal(SIGKILL)
            owner.wait()
            let (error, isSuccess) = try reload(Self.upper, sections)
            #expect(isSuccess, "\(error)")
            #expect(Self.accepts(free.number) && Self.accepts(port))
            #expect(try node.client.resultsText(node.client.submit("upper", payload: "abc")) == "ABC")
        }
    }

    @Test(
        "to an address that is not this machine's, or has no meaning, is refused",
        arguments: [("192.0.2.1", "cannot assign requested address"), ("no-such-host.invalid", "no-such-host.invalid")]
    )
    func foreignAddress(host: String, reason: String) throws {
        try withNode { node, reload in
            let port = try FreePort()
            for _ in 0..<2 {
                let (error, isSuccess) = try reload(Self.upper, Self.listener(port.number, host: host))
                #expect(!isSuccess && error.contains(reason) && error.contains(host), "\(error)")
            }
            #expect(throws: Client.Refused.self) { try node.client.submit("upper") }
        }
    }

    @Test("of a listener at the same port replaces it, and puts it back when the new one cannot be")
    func samePort() throws {
        let port = try FreePort()
        try withNode(sections: Self.listener(port.number)) { node, reload in
            #expect(Self.accepts(port.number))
            let changed = try reload(Self.upper, Self.listener(port.number, more: "\n    cost: 2.0"))
            #expect(changed.isSuccess, "\(changed.error)")
            #expect(Self.accepts(port.number))
            let refused = try reload(NodeFile().work, Self.listener(port.number, host: "192.0.2.1"))
            #expect(!refused.isSuccess && refused.error.contains("nothing was changed"), "\(refused.error)")
            #expect(Self.accepts(port.number))
            #expect(try node.client.resultsText(node.client.submit("upper", payload: "abc")) == "ABC")
            let removed = try reload(Self.upper, "")
            #expect(removed.isSuccess && !Self.accepts(port.number), "\(removed.error)")
        }
    }

    @Test("that comes twice at once is done one after the other")
    func atOnce() throws {
        let port = try FreePort()
        try withNode { node, reload in
            #expect(try reload(Self.upper, Self.listener(port.number)).isSuccess)
            let daemon = try #require(node.daemon)
            let sessions = try (0..<8).map { _ in try node.client.connect() }
            for (index, session) in sessions.enumerated() {
                let cost = "\n    cost: \(index % 2 + 2)"
                // At once: a reload may read the file meanwhile.
                try NodeFile(work: Self.upper, sections: Self.listener(port.number, more: cost))
                    .yaml(in: node.scratch)
                    .write(toFile: node.configurationPath, atomically: true, encoding: .utf8)
                try session.send("reload\n")
                daemon.signal(SIGHUP)
            }
            for session in sessions { #expect(try session.line() == "{\"Success\":true}\n") }
            #expect(try Self.reload(node).isSuccess)
            #expect(Self.accepts(port.number))
        }
    }

    @Test("applies keys that were replaced in their files", .enabled(if: SigningKey.isAvailable))
    func replacedKeys() throws {
        let scratch = try Scratch()
        let first = try SigningKey("first", in: scratch)
        let second = try SigningKey("second", in: scratch)
        let path = scratch.file("current.pem")
        func use(_ key: SigningKey) throws {
            try Data(contentsOf: URL(filePath: key.publicPath)).write(to: URL(filePath: path))
        }
        try use(first)
        let port = try FreePort()
        let work = "- worktype: secure\n  command: cat\n  verifysignature: true"
        let sections = "work-verification:\n  publickey: \(path)"
        try Node.with(NodeFile(work: work, sections: sections, tcpPort: port.number), in: scratch) { node in
            let remote = Client(address: .tcp(port.number), nodeID: "foo")
            func isTaken(_ key: SigningKey) throws -> Bool {
                let token = try key.token()
                do {
                    _ = try remote.submit("secure", parameters: ["signature": token])
                    return true
                } catch is Client.Refused { return false }
            }
            #expect(try isTaken(first))
            #expect(try !isTaken(second))
            try use(second)
            #expect(try isTaken(first))
            #expect(try Self.reload(node).isSuccess)
            #expect(try !isTaken(first))
            #expect(try isTaken(second))
            // A broken file does not take the place of a key that works.
            try scratch.write("current.pem", "")
            let (error, isSuccess) = try Self.reload(node)
            #expect(!isSuccess && error.contains("it is empty"), "\(error)")
            #expect(try isTaken(second))
        }
    }

    @Test("signs with a key that was replaced in its file", .enabled(if: SigningKey.isAvailable))
    func replacedSigningKey() throws {
        let scratch = try Scratch()
        let (wrong, right) = (try SigningKey("wrong", in: scratch), try SigningKey("right", in: scratch))
        let path = scratch.file("signing.pem")
        try FileManager.default.copyItem(atPath: wrong.privatePath, toPath: path)
        let work = "- worktype: secure\n  command: cat\n  verifysignature: true"
        let members = [
            Mesh.Member("bar", work: work, sections: "work-verification:\n  publickey: \(right.publicPath)\n"),
            Mesh.Member("foo", dials: ["bar"], sections: "work-signing:\n  privatekey: \(path)\n"),
        ]
        try Mesh.with(members, in: scratch) { mesh in
            let foo = try mesh["foo"]
            let signed = ["signwork": "true"]
            #expect(throws: Client.Refused.self) { try foo.client.submit("secure", to: "bar", parameters: signed) }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: right.privatePath, toPath: path)
            #expect(try Self.reload(foo).isSuccess)
            #expect(try foo.client.submit("secure", to: "bar", parameters: signed).result.hasPrefix("Job "))
        }
    }

    @Test("of a file that says the same in another order and layout cuts no link and touches no unit")
    func otherOrder() throws {
        let work = "- worktype: sleep\n  command: sleep\n  params: \"60\""
        try Mesh.with([Mesh.Member("bar"), Mesh.Member("foo", dials: ["bar"], work: work)]) { mesh in
            let foo = try mesh["foo"]
            let unit = try foo.client.submit("sleep")
            let before = try foo.client.status(unit)
            let (listening, dialled) = (try mesh.port(of: "foo"), try mesh.port(of: "bar"))
            let text = """
                - tcp-peer: {address: "127.0.0.1:\(dialled)", redial: true}
                - work-command: {params: "60", command: sleep, worktype: sleep}
                - control-service: {permissions: 384, service: control, filename: \(foo.socket)}
                - tcp-listener: {bindaddr: 127.0.0.1, port: \(listening)}
                - node: {datadir: \(foo.scratch.file("d")), id: foo}
                """
            try foo.scratch.write("node.yml", text)
            func linkLines() throws -> Int {
                try [foo.log, mesh["bar"].log].joined().split(separator: "\n").count { $0.contains("link") }
            }
            let lines = try linkLines()
            let (error, isSuccess) = try Self.reload(foo)
            #expect(isSuccess, "\(error)")
            #expect(try foo.client.command("ping bar").contains("\"From\":\"bar\""))
            #expect(try linkLines() == lines)
            #expect(try foo.client.status(unit) == before)
            #expect(try foo.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
        }
    }

    @Test("of a file that has become a pipe says so in one line, and keeps nobody from stopping the node")
    func pipe() throws {
        try withNode { node, _ in
            try FileManager.default.removeItem(atPath: node.configurationPath)
            #expect(mkfifo(node.configurationPath, 0o600) == 0)
            let daemon = try #require(node.daemon)
            daemon.signal(SIGHUP)
            let (error, isSuccess) = try Self.reload(node)
            #expect(!isSuccess && error.hasSuffix("node.yml': it is not a regular file ERRORCODE 4"), "\(error)")
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "abc")) == "abc")
            daemon.signal(SIGHUP)
            daemon.signal(SIGTERM)
            #expect(daemon.wait(5) == .exited(0))
        }
    }

    @Test("that is asked for while the node starts is done when it is ready")
    func whileStarting() throws {
        let scratch = try Scratch()
        // What is wrong with a drop-in is told before anything else is begun.
        try FileManager.default.createDirectory(atPath: scratch.file("plugins.d"), withIntermediateDirectories: true)
        try scratch.write("plugins.d/broken.yml", "plugin: [")
        try Node.with(NodeFile(), in: scratch, isStarted: false) { node in
            let daemon = try Program(Binaries.daemon, ["--config", node.configurationPath, "--log-level", "info"])
            defer {
                daemon.signal(SIGKILL)
                daemon.wait()
            }
            #expect(daemon.errors.wait { $0.contains("broken.yml") })
            try scratch.write("plugins.d/broken.yml", "plugin: echo")
            daemon.signal(SIGHUP)
            #expect(daemon.errors.wait { $0.contains("node started") && $0.contains("configuration reloaded") })
            daemon.signal(SIGTERM)
            #expect(daemon.wait(5) == .exited(0))
        }
    }

    @Test("is for clients of the Unix socket only")
    func strangers() throws {
        let port = try FreePort()
        try Node.with(NodeFile(tcpPort: port.number)) { node in
            let refusal = "ERROR: reload is for clients of the node's Unix socket only\n"
            #expect(try Client(address: .tcp(port.number), nodeID: "foo").command("reload") == refusal)
            let through = try node.client.connect(through: "foo")
            try through.send("reload\n")
            #expect(try through.line() == refusal)
            #expect(try Self.reload(node).isSuccess)
        }
    }
}
