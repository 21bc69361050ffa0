import Foundation
import TestSupport
import Testing

@Suite("Hostile clients", .blocking)
struct HostileClientTests {
    /// Whether the node still does its work for others.
    private func works(_ node: Node) throws -> Bool {
        try node.client.resultsText(node.client.submit("cat", payload: "works")) == "works"
    }

    @Test("A line that does not end is one error line and the end of the session")
    func endlessLine() throws {
        try Node.with { node in
            let connection = try node.client.connect()
            do { try connection.send([UInt8](repeating: 0x61, count: 2 << 20)) } catch is SystemFailure {}
            let answer = String(decoding: try connection.rest(), as: UTF8.self)
            #expect(
                answer.wholeMatch(of: /ERROR: [^\n]*longer than 1048576 bytes[^\n]*\n/) != nil,
                "\(answer.prefix(200))"
            )
            #expect(try works(node))
        }
    }

    @Test("A client that sends a line of three million bytes to its end hears that it is too long")
    func tooLongLine() throws {
        try Node.with { node in
            let connection = try node.client.connect()
            try connection.send("work status " + String(repeating: "x", count: 3_000_000) + "\n")
            #expect(try connection.line() == "ERROR: command line is longer than 1048576 bytes\n")
            #expect(try connection.rest() == [])
            #expect(try works(node))
        }
    }

    @Test("Of more idle clients than the descriptors allow, those that waited longest make room for new ones")
    func idleClientsMakeRoom() throws {
        try Node.with(options: Node.Options(wrapper: ["prlimit", "--nofile=256:256"])) { node in
            var connections: [ControlConnection] = []
            for _ in 0..<260 { connections.append(try node.client.connect()) }
            #expect(try connections[0].rest() == [])
            try connections[259].send("work list\n")
            #expect(try connections[259].line() == "{}\n")
            #expect(try works(node))
        }
    }

    @Test("A host has a quarter of the sessions, and takes none from clients on the socket")
    func oneHost() throws {
        let port = try FreePort()
        let options = Node.Options(wrapper: ["prlimit", "--nofile=256:256"])
        try Node.with(NodeFile(tcpPort: port.number), options: options) { node in
            let local = try node.client.connect()
            let far = Client(address: .tcp(port.number), nodeID: "foo")
            let connections = try (0..<40).map { _ in try far.connect() }
            #expect(try connections[0].rest() == [])
            try connections[39].send("work list\n")
            #expect(try connections[39].line() == "{}\n")
            try local.send("work list\n")
            #expect(try local.line() == "{}\n")
        }
    }

    private static let full = "ERROR: too many sessions: try again later\n"
    private static let sleeping = """
        - worktype: cat
          command: cat
        - worktype: sleep
          command: sleep
          params: "600"
        """

    @Test("Clients over TCP that use all of their sessions hear so, and the Unix socket goes on serving")
    func busyHost() throws {
        let port = try FreePort()
        let options = Node.Options(wrapper: ["prlimit", "--nofile=256:256"])
        try Node.with(NodeFile(work: Self.sleeping, tcpPort: port.number), options: options) { node in
            let unit = try node.client.submit("sleep")
            let far = Client(address: .tcp(port.number), nodeID: "foo")
            // A quarter of a quarter of what is left to others than the daemon itself.
            let readers = try (0..<14).map { _ in try far.results(opening: unit) }
            let refused = try ControlConnection(tcp: port.number)
            #expect(try refused.line() == Self.full)
            #expect(try refused.rest() == [])
            #expect(try works(node))
            #expect(readers.count == 14)
        }
    }

    @Test("When all sessions are busy, a client on the Unix socket takes the place of the oldest one over TCP")
    func operatorFirst() throws {
        let port = try FreePort()
        let options = Node.Options(wrapper: ["prlimit", "--nofile=256:256"])
        try Node.with(NodeFile(work: Self.sleeping, tcpPort: port.number), options: options) { node in
            let unit = try node.client.submit("sleep")
            let far = Client(address: .tcp(port.number), nodeID: "foo")
            let strangers = try (0..<14).map { _ in try far.results(opening: unit) }
            let own = try (0..<42).map { _ in try node.client.results(opening: unit) }
            let new = try (0..<14).map { number in
                let connection = try node.client.results(opening: unit)
                #expect(try strangers[number].rest() == [])
                return connection
            }
            #expect(try ControlConnection(unix: node.socket).line() == Self.full)
            #expect(own.count + new.count == 56)
            for connection in new { connection.close() }
            #expect(settles { (try? node.client.command("work status \(unit)")) != nil })
            #expect(try works(node))
        }
    }

    @Test("Strangers that link leave descriptors for clients and units, and keep no neighbour out")
    func manyLinks() throws {
        let port = try FreePort()
        let options = Node.Options(wrapper: ["prlimit", "--nofile=128:128"])
        let sections = "tcp-listeners:\n  - port: \(port.number)\n    bindaddr: 127.0.0.1\n"
        try Node.with(NodeFile(sections: sections), options: options) { node in
            let strangers = try (0..<150).map { _ in try ControlConnection(tcp: port.number) }
            // The one that came first has made room, without a word.
            #expect(throws: Never.self) { try strangers[0].rest() }
            #expect(try works(node))
            #expect(!node.log.contains("no descriptors left"))
            let peer = "tcp-peers:\n  - address: 127.0.0.1:\(port.number)\n"
            try Node.with(NodeFile(id: "neighbour", sections: peer)) { _ in
                let isReached = try settles { try node.client.ping("neighbour").Success }
                #expect(isReached)
            }
            #expect(strangers.count == 150)
        }
    }

    @Test("Many long lines that do not end take a bounded part of the memory, and none from the operator")
    func manyEndlessLines() throws {
        let port = try FreePort()
        let options = Node.Options(wrapper: ["prlimit", "--nofile=4096:4096"])
        try Node.with(NodeFile(tcpPort: port.number), options: options) { node in
            let daemon = try #require(node.daemon?.pid)
            let far = Client(address: .tcp(port.number), nodeID: "foo")
            let part = [UInt8](repeating: 0x61, count: 900_000)
            let refusal = "ERROR: too many long command lines at a time: try again later\n"
            let connections = try (0..<64).map { _ in
                let connection = try far.connect()
                try connection.send(part)
                return connection
            }
            // Who of them is the last is the node's to say.
            #expect(settles(patience) { connections.contains(where: \.isReadable) })
            #expect(try connections.first(where: \.isReadable)?.line() == refusal)
            #expect(try residentMiB(daemon) < 200 * slowness)
            #expect(try works(node))
            let long = "work status " + String(repeating: "x", count: 900_000)
            #expect(try node.client.command(long).contains("unknown"))
            for connection in connections { connection.close() }
            // What they had is there for others again, as soon as the node has seen them go.
            #expect(
                try settles {
                    let answer = try far.command("work status " + String(repeating: "x", count: 900_000))
                    return answer.hasPrefix("ERROR: unknown work unit")
                }
            )
        }
    }

    @Test("A command that does not come to its end within a minute ends the session", .enabled(if: CrashTests.isFull))
    func unfinishedCommand() throws {
        try Node.with { node in
            let patient = Client(address: .unix(node.socket), nodeID: "foo", seconds: 75)
            let (quiet, slow) = (try patient.connect(), try patient.connect())
            for connection in [quiet, slow] {
                try connection.send("work list\n")
                #expect(try connection.line() == "{}\n")
            }
            try slow.send("work li")
            #expect(try slow.rest() == [])
            try quiet.send("work list\n")
            #expect(try quiet.line() == "{}\n")
        }
    }

    @Test(
        "Who came from the node itself through the mesh is not connected to it again",
        arguments: ["foo", "localhost"]
    )
    func nestedConnects(name: String) throws {
        try Node.with { node in
            let connection = try node.client.connect(through: "foo")
            try connection.send("connect \(name) control\n")
            #expect(try connection.line() == "ERROR: this session comes from node foo itself: use it\n")
            try connection.send("work list\n")
            #expect(try connection.line() == "{}\n")
        }
    }

    @Test("A chain of connections back and forth between two nodes ends")
    func chain() throws {
        try Mesh.with([.init("foo", dials: ["bar"]), .init("bar")]) { mesh in
            let connection = try mesh.client("foo").connect(through: "bar")
            var answer = ""
            var links = 1
            while links < 200 {
                let next = links.isMultiple(of: 2) ? "bar" : "foo"
                try connection.send("connect \(next) control\n")
                answer = try connection.line()
                guard answer == "Connecting\n" else { break }
                links += 1
                try #require(try connection.line() == "Receptor Control, node \(next)\n")
            }
            #expect(answer == "ERROR: too many connections through this node: try again later\n")
            #expect(links == 33)
            connection.close()
            // Room again, as soon as the nodes have seen it go.
            #expect(
                try settles {
                    let connection = try mesh.client("foo").connect(through: "bar")
                    try connection.send("connect foo control\n")
                    return try connection.line() == "Connecting\n"
                }
            )
        }
    }

    @Test("A line of the longest length that is allowed is answered")
    func longestLine() throws {
        try Node.with { node in
            let name = String(repeating: "x", count: (1 << 20) - 12)
            let answer = try node.client.command("work status " + name)
            #expect(answer.hasPrefix("ERROR: unknown work unit xxx"))
            #expect(answer.utf8.count < 1000)
        }
    }

    @Test("Rubbish is answered line by line", arguments: 0..<4)
    func rubbish(seed: Int) throws {
        try Node.with { node in
            var generator = SeededGenerator(seed: UInt64(seed))
            let bytes = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let connection = try node.client.connect()
            // In pieces, each small enough that the server's answers to it cannot fill the socket.
            var answers: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: 5_000) {
                try connection.send(Array(bytes[start..<min(start + 5_000, bytes.count)]))
                try connection.send("\nping foo\n")
                var line = ""
                while !line.hasPrefix("{\"From\"") {
                    answers += Array(line.utf8)
                    line = try connection.line()
                    try #require(line != "")
                }
            }
            for line in String(decoding: answers, as: UTF8.self).split(separator: "\n") {
                #expect(line.hasPrefix("ERROR: "), "\(line)")
            }
            #expect(try works(node))
            #expect(try node.unitsOnDisk().count == 1)
        }
    }

    @Test("Two hundred idle connections stop nobody")
    func idleConnections() throws {
        try Node.with { node in
            var connections: [ControlConnection] = []
            for _ in 0..<200 { connections.append(try node.client.connect()) }
            #expect(try works(node))
            for connection in connections {
                try connection.send("work list\n")
                #expect(try connection.line().hasPrefix("{"))
            }
        }
    }

    @Test("More clients than the daemon may have descriptors stop it for as long as they stay, and no longer")
    func noDescriptorsLeft() throws {
        let options = Node.Options(wrapper: ["prlimit", "--nofile=256:256"])
        let scratch = try Scratch()
        let gate = try Gate(in: scratch)
        let work = """
            - worktype: cat
              command: cat
            - worktype: gated
              command: bash
              params: -c "read -r _ < SCRATCH/gate; echo done"
            """
        try Node.with(NodeFile(work: work), in: scratch, options: options) { node in
            let unit = try node.client.submit("cat", payload: "before")
            try node.client.end(unit)
            let running = try node.client.submit("gated")
            let runner = try #require(node.workProcesses(of: running).first { ProcessScan.isRunner($0, under: "/") })
            let daemon = try #require(node.daemon)
            // Fewer than it was told at its start.
            let limited = try Program.run("prlimit", ["--pid", "\(daemon.pid)", "--nofile=64:"])
            #expect(limited.end == .exited(0), "\(limited.errors)")
            var connections: [ControlConnection] = []
            for _ in 0..<100 { connections.append(try ControlConnection(unix: node.socket)) }
            // Those that were there first are served on.
            let first = connections[0]
            #expect(try first.line() == "Receptor Control, node foo\n")
            try first.send("work status \(unit)\n")
            #expect(try first.line().contains("Succeeded"))
            // Waiting for descriptors must not be work; a hundred ticks are a second. One quiet second of three is enough,
            // since those who came in are still being greeted.
            let isQuiet = try (0..<3).contains { _ in
                let before = try processorTicks(of: daemon.pid)
                // The second that is measured: what must not happen in it cannot be awaited.
                Thread.sleep(forTimeInterval: 1)
                return try processorTicks(of: daemon.pid) - before < 30
            }
            #expect(isQuiet)
            #expect(node.log.contains("no descriptors left, new connections wait"))
            // A unit that ends now has ended none the less.
            try gate.open()
            #expect(ProcessScan.awaitEnd(of: runner.pid))
            for connection in connections { connection.close() }
            #expect(daemon.wait(0) == nil)
            #expect(try node.client.resultsText(running) == "done\n")
            #expect(node.log.contains("connections are taken again"))
            #expect(node.log.split(separator: "\n").count { $0.contains("descriptors left") } <= 3, "\(node.log)")
            let status = try node.client.status(running)
            #expect(status.StateName == "Succeeded", "\(status)")
            #expect(try node.client.resultsText(unit) == "before")
            #expect(try works(node))
        }
    }

    private func processorTicks(of pid: Int32) throws -> Int {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }

    @Test("A client that does not read its results holds up nobody, and gets them all in the end")
    func slowReader() throws {
        let work = """
            - worktype: big
              command: head
              params: -c 64000000 /dev/zero
            - worktype: cat
              command: cat
            """
        try Node.with(work: work) { node in
            let unit = try node.client.submit("big")
            let slow = try node.client.results(opening: unit)
            let daemon = try #require(node.daemon?.pid)
            #expect(try works(node))
            #expect(try node.client.results(unit).count == 64_000_000)
            #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            // The file is deleted, but who reads it may finish.
            #expect(try slow.rest().count == 64_000_000)
            #expect(try residentMiB(daemon) < 200 * slowness)
            #expect(try works(node))
        }
    }

    private func residentMiB(_ pid: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let match = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/))
        return (Double(match.1) ?? 0) / 1024
    }

    @Test("Commands sent in one piece are answered in order; in pieces of a byte, too")
    func pieces() throws {
        try Node.with { node in
            let text = "bogus\nwork list\r\n\n\nwork status nosuch\nping foo\n"
            let connection = try node.client.connect()
            try connection.send(text)
            let slow = try node.client.connect()
            for byte in Array(text.utf8) { try slow.send([byte]) }
            for answers in [connection, slow] {
                #expect(try answers.line() == "ERROR: Unknown command\n")
                #expect(try answers.line() == "{}\n")
                #expect(try answers.line() == "ERROR: unknown work unit nosuch\n")
                #expect(try answers.line().hasPrefix("{\"From\":\"foo\""))
            }
        }
    }

    @Test("A payload that comes in one piece with its command is taken whole, also one that looks like commands")
    func payloadBehindItsCommand() throws {
        try Node.with { node in
            let payload = "\nwork list\r\n{\"command\":\"status\"}\n"
            let connection = try node.client.connect()
            try connection.send("work list\n" + Client.submitLine("cat") + payload)
            connection.halfClose()
            #expect(try connection.line() == "{}\n")
            let unit = try Client.unit(in: try connection.line())
            try Client.checkStarted(try connection.line(), unit)
            #expect(try connection.rest() == [])
            #expect(try node.client.resultsText(unit) == payload)
        }
    }

    @Test("Unit names that are paths reach no file")
    func pathsAsUnitNames() throws {
        try Node.with { node in
            try node.scratch.write("stdout", "secret")
            let names = ["..", "../..", ".", "../foo", ".lock", "a/../b", "%2e%2e", "\u{0}", "ünit"]
            for name in names {
                for command in ["status", "results", "cancel", "release", "force-release", "list"] {
                    let answer = try node.client.command(
                        String(
                            Client.line(["command": "work", "subcommand": command, "unitid": name, "startpos": "0"])
                                .dropLast()
                        )
                    )
                    #expect(answer.hasPrefix("ERROR: unknown work unit"), "\(command) \(name): \(answer)")
                }
            }
            #expect(FileManager.default.fileExists(atPath: node.scratch.file("stdout")))
            #expect(FileManager.default.fileExists(atPath: node.unitsDirectory))
        }
    }

    @Test("A hundred clients that submit at once all get their own results")
    func manyClients() throws {
        try Node.with { node in
            let client = node.client
            let results = concurrently(100) { number -> String in
                do {
                    let unit = try client.submit("cat", payload: "payload \(number)")
                    let text = try client.resultsText(unit)
                    let released = try client.release(unit) == "{\"released\":\"\(unit)\"}\n"
                    return released ? text : "not released"
                } catch { return "\(error)" }
            }
            #expect(results == (0..<100).map { "payload \($0)" })
            let onDisk = try node.unitsOnDisk()
            #expect(onDisk == [])
        }
    }
}
