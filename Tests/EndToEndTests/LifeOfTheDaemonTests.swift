import Foundation
import Testing

@Suite("The life of the daemon", .blocking)
struct LifeOfTheDaemonTests {
    private static let gated = """
        - worktype: job
          command: bash
          params: -c "echo one; read -r _ < SCRATCH/gate; echo two"
        - worktype: cat
          command: cat
        """

    /// Runs a body with a node and the gate of its `job`.
    private func withGatedNode(_ body: (Node, Gate) throws -> Void) throws {
        let scratch = try Scratch()
        let gate = try Gate(in: scratch)
        try Node.with(NodeFile(work: Self.gated), in: scratch) { try body($0, gate) }
    }

    /// Runs a body with a node that has much to log there after some requests, and ends it.
    private func withLog(to path: String, in scratch: Scratch, requests: Int, _ body: (Node) throws -> Void) throws {
        let options = Node.Options(
            arguments: ["--log-level", "trace"],
            wrapper: ["bash", "-c", "exec \"$@\" 2> \(path)", "bash"]
        )
        try Node.with(NodeFile(), in: scratch, options: options, isStarted: false) { node in
            try node.start(untilListening: true)
            let connection = try node.client.connect()
            for _ in 0..<requests {
                try connection.send("work release \(String(repeating: "x", count: 100))\n")
                #expect(try connection.line().hasPrefix("ERROR: unknown work unit"))
            }
            try body(node)
            #expect(try node.stop() == .exited(0))
        }
    }

    @Test("A terminal that shows nothing more holds up neither clients nor the end")
    func unreadTerminal() throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(terminal) }
        // TIOCSPTLCK and TIOCGPTN: it may be opened, and its number.
        var (isLocked, number): (Int32, Int32) = (0, 0)
        #expect(ioctl(terminal, 0x4004_5431, &isLocked) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0)
        try withLog(to: "/dev/pts/\(number)", in: Scratch(), requests: 500) { node in
            let text = try node.client.resultsText(node.client.submit("cat", payload: "on"))
            #expect(text == "on")
        }
    }

    @Test("A log that nobody reads holds up neither clients nor the end")
    func unreadLog() throws {
        let scratch = try Scratch()
        let log = scratch.file("log")
        #expect(mkfifo(log, 0o600) == 0)
        let unread = open(log, O_RDWR | O_CLOEXEC)
        defer { close(unread) }
        // A pipe takes 64 KiB.
        try withLog(to: log, in: scratch, requests: 1_000) { node in
            for number in 0..<200 {
                let text = try node.client.resultsText(node.client.submit("cat", payload: "\(number)"))
                #expect(text == "\(number)")
            }
            var isReadable = pollfd(fd: unread, events: Int16(POLLIN), revents: 0)
            #expect(poll(&isReadable, 1, 0) == 1)
            var count: Int32 = 0
            #expect(ioctl(unread, UInt(FIONREAD), &count) == 0 && count > 60_000, "\(count) bytes of log")
        }
    }

    // MARK: Signals

    @Test(
        "SIGTERM and SIGINT leave runners running, and the next daemon follows their units",
        arguments: [SIGTERM, SIGINT]
    )
    func drain(signal: Int32) throws {
        try withGatedNode { node, gate in
            let unit = try node.client.submit("job")
            #expect(try node.client.results(opening: unit).line() == "one\n")
            let before = try node.client.status(unit)
            let processes = node.workProcesses(of: unit).map(\.pid)
            #expect(try node.stop(signal) == .exited(0))
            #expect(!FileManager.default.fileExists(atPath: node.socket))
            #expect(node.workProcesses(of: unit).map(\.pid) == processes)
            try node.start()
            #expect(try node.client.status(unit) == before)
            let follower = try node.client.results(opening: unit)
            #expect(try follower.line() == "one\n")
            try gate.open()
            #expect(try follower.rest() == Array("two\n".utf8))
            #expect(try node.client.status(unit).StateName == "Succeeded")
        }
    }

    @Test("A unit that ends while no daemon runs has its state and output at the next start")
    func endsWhileDown() throws {
        try withGatedNode { node, gate in
            let unit = try node.client.submit("job")
            let runner = try #require(node.workProcesses(of: unit).first { ProcessScan.isRunner($0, under: "/") })
            try node.stop()
            try gate.open()
            #expect(ProcessScan.awaitEnd(of: runner.pid))
            try node.start()
            let status = try node.client.end(unit)
            #expect(status.StateName == "Succeeded")
            #expect(status.StdoutSize == 8)
            #expect(try node.client.resultsText(unit) == "one\ntwo\n")
        }
    }

    @Test("A SIGTERM lets a submit that is under way finish, and ends idle sessions and followers of results")
    func drainFinishesSubmit() throws {
        try withGatedNode { node, gate in
            let idle = try node.client.connect()
            let running = try node.client.submit("job")
            let follower = try node.client.results(opening: running)
            #expect(try follower.line() == "one\n")
            let (connection, unit) = try node.client.beginSubmit("cat")
            try connection.send("first half")
            node.daemon?.signal(SIGTERM)
            #expect(try idle.rest() == [])
            #expect(try follower.rest() == [])
            try connection.send(", second half")
            connection.halfClose()
            try Client.checkStarted(try connection.line(), unit)
            #expect(node.daemon?.wait() == .exited(0))
            node.kill()
            try node.start()
            #expect(try node.client.resultsText(unit) == "first half, second half")
            try gate.open()
            #expect(try node.client.end(running).StateName == "Succeeded")
        }
    }

    @Test("A second SIGTERM ends the daemon at once")
    func secondSignal() throws {
        try withGatedNode { node, _ in
            let (connection, unit) = try node.client.beginSubmit("cat")
            try connection.send("first half")
            let daemon = try #require(node.daemon)
            daemon.signal(SIGTERM)
            #expect(daemon.errors.wait { $0.contains("stopping") })
            daemon.signal(SIGTERM)
            #expect(daemon.wait(3) == .exited(0))
            node.kill()
            try node.start()
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed")
            #expect(!status.Detail.isEmpty)
            #expect(try node.client.results(unit) == [])
        }
    }

    @Test(
        "A SIGTERM waits for a client that sends nothing more ten seconds at most",
        .enabled(if: CrashTests.isFull)
    )
    func drainIsBounded() throws {
        try withGatedNode { node, _ in
            let (connection, unit) = try node.client.beginSubmit("cat")
            node.daemon?.signal(SIGTERM)
            #expect(node.daemon?.wait(15) == .exited(0))
            connection.close()
            node.kill()
            try node.start()
            #expect(try node.client.end(unit).StateName == "Failed")
        }
    }

    @Test("A client that sends no command is hung up on after a minute", .enabled(if: CrashTests.isFull))
    func handshakeTime() throws {
        try withGatedNode { node, _ in
            let silent = try ControlConnection(unix: node.socket, seconds: 90)
            let talking = try node.client.connect()
            try talking.send("work list\n")
            #expect(try talking.line() == "{}\n")
            #expect(try silent.line() == "Receptor Control, node foo\n")
            #expect(try silent.rest() == [])
            try talking.send("work list\n")
            #expect(try talking.line() == "{}\n")
        }
    }

    // MARK: Reload

    private static func file(_ work: String, sections: String = "") -> NodeFile {
        NodeFile(work: work, sections: sections)
    }

    private func rewrite(_ node: Node, _ file: NodeFile) throws {
        try node.scratch.write("node.yml", file.yaml(in: node.scratch))
    }

    private static let upper = """
        - worktype: upper
          command: tr
          params: a-z A-Z
        """

    @Test("SIGHUP and reload change the work types; units that run keep theirs", arguments: ["signal", "command"])
    func reload(way: String) throws {
        try withGatedNode { node, gate in
            let running = try node.client.submit("job")
            try rewrite(node, NodeFile(work: Self.upper))
            if way == "signal" {
                let daemon = try #require(node.daemon)
                daemon.signal(SIGHUP)
                #expect(daemon.errors.wait { $0.contains("configuration reloaded") })
            } else {
                #expect(try node.client.command("reload") == "{\"Success\":true}\n")
            }
            #expect(try node.client.resultsText(node.client.submit("upper", payload: "abc")) == "ABC")
            #expect(throws: Client.Refused.self) { try node.client.submit("cat") }
            #expect(try node.client.status(running).StateName == "Running")
            try gate.open()
            #expect(try node.client.resultsText(running) == "one\ntwo\n")
            #expect(try node.client.status(running).StateName == "Succeeded")
        }
    }

    @Test("A unit whose work type a reload removed is followed and canceled also after a restart")
    func removedTypeAfterRestart() throws {
        try withGatedNode { node, gate in
            let (first, second) = (try node.client.submit("job"), try node.client.submit("job"))
            #expect(try node.client.results(opening: second).line() == "one\n")
            try rewrite(node, NodeFile(work: Self.upper))
            try node.killAndRestart()
            #expect(try node.client.status(first).StateName == "Running")
            #expect(try node.client.cancel(first) == "{\"cancelled\":\"\(first)\"}\n")
            #expect(node.workProcesses(of: first) == [])
            try gate.open()
            #expect(try node.client.resultsText(second) == "one\ntwo\n")
            #expect(try node.client.status(second).StateName == "Succeeded")
        }
    }

    @Test("A reload that cannot be done says why, with Receptor's code, and changes nothing")
    func reloadRefused() throws {
        try Node.with(NodeFile(work: Self.upper)) { node in
            func reload() throws -> (error: String, isSuccess: Bool) {
                let line = try node.client.command("reload")
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return ((object?["Error"] as? String) ?? "", (object?["Success"] as? Bool) ?? true)
            }
            func stillWorks() throws -> Bool {
                try node.client.resultsText(node.client.submit("upper", payload: "abc")) == "ABC"
            }
            for other in [
                NodeFile(id: "bar", work: ""), NodeFile(work: "", dataDirectory: node.scratch.file("other")),
                NodeFile(work: "", socket: "other"),
            ] {
                try rewrite(node, other)
                let (error, isSuccess) = try reload()
                #expect(!isSuccess)
                #expect(error.hasSuffix("ERRORCODE 3"), "\(error)")
                #expect(try stillWorks())
            }
            for text in ["version: 2\nnode: [", "version: 2\nnode:\n  id: foo\nnonsense: 1\n", ""] {
                try node.scratch.write("node.yml", text)
                let (error, isSuccess) = try reload()
                #expect(!isSuccess)
                #expect(error.hasSuffix("ERRORCODE 4"), "\(error)")
                #expect(try stillWorks())
            }
            try FileManager.default.removeItem(atPath: node.configurationPath)
            #expect(try reload().error.hasSuffix("ERRORCODE 4"))
            #expect(try stillWorks())
            try rewrite(node, NodeFile())
            #expect(try node.client.command("reload") == "{\"Success\":true}\n")
        }
    }

    // MARK: One daemon only

    @Test("A second daemon on one data directory refuses in one line")
    func oneDataDirectory() throws {
        try Node.with { node in
            var other = node.configuration
            other.socket = "t"
            let path = try node.scratch.write("other.yml", other.yaml(in: node.scratch))
            let second = try Program.run(Binaries.daemon, ["--config", path])
            #expect(second.end == .exited(1))
            #expect(second.errors.split(separator: "\n").count == 1, "\(second.errors)")
            #expect(second.errors.contains("another daemon uses"), "\(second.errors)")
            #expect(try node.client.list().isEmpty)
        }
    }

    @Test("A second daemon on one socket refuses in one line, and the first goes on listening")
    func oneSocket() throws {
        try Node.with { node in
            var other = node.configuration
            other.dataDirectory = node.scratch.file("other")
            let path = try node.scratch.write("other.yml", other.yaml(in: node.scratch))
            let second = try Program.run(Binaries.daemon, ["--config", path])
            #expect(second.end == .exited(1))
            #expect(second.errors.split(separator: "\n").count == 1, "\(second.errors)")
            #expect(second.errors.contains("another daemon listens at"), "\(second.errors)")
            #expect(try node.client.list().isEmpty)
        }
    }

    @Test("A lock that the last daemon leaves to a process that is just starting is waited for")
    func lockOfADyingDaemon() throws {
        try Node.with { node in
            node.kill()
            // Those on the data directory, and on the socket's folder while somebody looks whether it is free.
            let holders = try ["\(node.unitsDirectory)", node.scratch.path].map { path in
                let holder = try Program("flock", [path, "sh", "-c", "echo locked; exec sleep 0.3"])
                #expect(holder.output.wait { $0 == "locked\n" })
                return holder
            }
            try node.start()
            #expect(try node.client.list().isEmpty)
            for holder in holders { #expect(holder.wait() == .exited(0)) }
        }
    }

    @Test("A socket path of 107 bytes is listened at, and one of 108 is a refusal that names it and leaves nothing")
    func longSocketPath() throws {
        try Scratch.with { scratch in
            for length in [107, 108] {
                var file = NodeFile()
                file.socket = String(repeating: "s", count: length - scratch.file("").utf8.count)
                let node = try Node(file, in: scratch)
                defer { node.kill() }
                if length == 107 {
                    try node.start()
                    #expect(try node.client.list().isEmpty)
                    #expect(try node.stop() == .exited(0))
                } else {
                    let refused = try node.startRefused()
                    #expect(refused.end == .exited(1) && refused.errors.contains(node.socket), "\(refused.errors)")
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
                #expect(left.allSatisfy { !$0.hasPrefix("s") }, "\(left)")
            }
        }
    }

    @Test("A daemon whose socket was replaced leaves the new one alone when it ends")
    func replacedSocket() throws {
        try Node.with { node in
            try FileManager.default.removeItem(atPath: node.socket)
            var file = node.configuration
            file.dataDirectory = node.scratch.file("other")
            let path = try node.scratch.write("other.yml", file.yaml(in: node.scratch))
            let second = try Program(Binaries.daemon, ["--config", path, "--log-level", "info"])
            defer { second.signal(SIGKILL) }
            #expect(second.errors.wait { $0.contains("node started") })
            try node.stop()
            #expect(try node.client.list().isEmpty)
            second.signal(SIGTERM)
            #expect(second.wait() == .exited(0))
        }
    }

    @Test("A socket has the permissions that are asked for, whatever the umask")
    func socketPermissions() throws {
        for umask in ["000", "077"] {
            try Node.with(
                options: Node.Options(wrapper: ["sh", "-c", "umask \(umask); exec \"$@\"", "sh"])
            ) { node in
                var info = stat()
                #expect(stat(node.socket, &info) == 0 && info.st_mode & 0o777 == 0o600)
            }
        }
    }

    @Test("A daemon that is started without standard descriptors keeps its own descriptors apart from them")
    func closedStandardDescriptors() throws {
        try Node.with(
            options: Node.Options(wrapper: ["sh", "-c", "exec \"$@\" 0<&- 1>&-", "sh"])
        ) { node in
            let daemon = try #require(node.daemon)
            for number in 0...1 {
                let target = try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(daemon.pid)/fd/\(number)"
                )
                #expect(target == "/dev/null")
            }
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "x")) == "x")
        }
    }

    @Test("A TCP port that somebody else has is a refusal in one line")
    func onePort() throws {
        let port = try FreePort()
        try Node.with(NodeFile(tcpPort: port.number)) { node in
            var other = node.configuration
            other.socket = "t"
            other.dataDirectory = node.scratch.file("other")
            let path = try node.scratch.write("other.yml", other.yaml(in: node.scratch))
            let second = try Program.run(Binaries.daemon, ["--config", path])
            #expect(second.end == .exited(1))
            #expect(second.errors.split(separator: "\n").count == 1, "\(second.errors)")
            #expect(second.errors.contains("\(port.number): address already in use: "), "\(second.errors)")
            #expect(!second.errors.contains("errno"), "\(second.errors)")
            #expect(!FileManager.default.fileExists(atPath: node.scratch.file("t")))
        }
    }

    @Test("The socket of a daemon that was killed is taken over; a file that is no socket is not")
    func staleSocket() throws {
        try Node.with { node in
            node.kill()
            #expect(FileManager.default.fileExists(atPath: node.socket))
            #expect(throws: SystemFailure.self) { try node.client.connect() }
            try node.start()
            #expect(try node.client.list().isEmpty)
            try node.stop()
            try node.scratch.write("s", "precious")
            let refused = try node.startRefused()
            #expect(refused.end == .exited(1))
            #expect(refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
            #expect(try String(contentsOfFile: node.socket, encoding: .utf8) == "precious")
            try FileManager.default.removeItem(atPath: node.socket)
        }
    }

    @Test("The socket has the configured permissions", arguments: [(nil, 0o600), ("0660", 0o660), ("0666", 0o666)])
    func permissions(configured: String?, expected: Int) throws {
        var file = NodeFile()
        if let configured { file.socket = "s\n    permissions: \(configured)" }
        let scratch = try Scratch()
        let yaml = file.yaml(in: scratch)
        try Node.with(NodeFile(), in: scratch, isStarted: false) { node in
            try node.scratch.write("node.yml", yaml)
            try node.start()
            let attributes = try FileManager.default.attributesOfItem(atPath: node.socket)
            #expect(attributes[.posixPermissions] as? Int == expected)
        }
    }

    // MARK: Start

    @Test("systemd hears of the start, of a reload and of the end")
    func notifications() throws {
        let scratch = try Scratch()
        let listener = try DatagramListener(scratch.file("notify"))
        let options = Node.Options(environment: ["NOTIFY_SOCKET": scratch.file("notify")])
        let work = """
            - worktype: env
              command: env
            """
        try Node.with(NodeFile(work: work), in: scratch, options: options) { node in
            #expect(try listener.next() == "READY=1")
            #expect(try !node.client.resultsText(node.client.submit("env")).contains("NOTIFY_SOCKET"))
            node.daemon?.signal(SIGHUP)
            #expect(try listener.next().hasPrefix("RELOADING=1"))
            #expect(try listener.next() == "READY=1")
            try node.stop()
            #expect(try listener.next() == "STOPPING=1")
        }
    }

    @Test("A node needs no file: an identifier and a socket are enough")
    func withoutFile() throws {
        try Scratch.with { scratch in
            let daemon = try Program(
                Binaries.daemon,
                [
                    "--node-id", "quick", "--socket", scratch.file("q"), "--data-dir", scratch.file("d"), "--log-level",
                    "info",
                ]
            )
            #expect(daemon.errors.wait { $0.contains("node started") })
            let client = Client(address: .unix(scratch.file("q")), nodeID: "quick")
            #expect(try client.list().isEmpty)
            daemon.signal(SIGTERM)
            #expect(daemon.wait() == .exited(0))
        }
    }

    @Test("A unit that waited for its payload when the daemon was killed is Failed and never runs")
    func pendingAtRestart() throws {
        try Node.with { node in
            let (connection, unit) = try node.client.beginSubmit("cat")
            try connection.send("some")
            try node.killAndRestart()
            #expect(try connection.rest() == [])
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed")
            #expect(status.Detail.contains("before the work was started"), "\(status.Detail)")
            #expect(try node.client.results(unit) == [])
        }
    }

    @Test("A log in JSON has one object a line")
    func jsonLog() throws {
        let options = Node.Options(arguments: ["--log-level", "debug", "--log-format", "json"])
        try Node.with(NodeFile(), options: options) { node in
            try node.client.end(node.client.submit("cat", payload: "x"))
            try node.stop()
            let lines = node.log.split(separator: "\n")
            #expect(lines.count > 3)
            for line in lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(
                    object?["time"] is String && object?["level"] is String && object?["message"] is String,
                    "\(line)"
                )
            }
        }
    }
}
