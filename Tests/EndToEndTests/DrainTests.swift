import Foundation
import Testing

@Suite("A signal to stop", .blocking)
struct DrainTests {
    /// What a stop may take in all, and some for a busy machine.
    private static let limit = 10.9
    private static let work = """
        - worktype: cat
          command: cat
        - worktype: much
          command: bash
          params: -c "head -c 200000000 /dev/zero"
        - worktype: deaf
          command: bash
          params: -c "trap '' TERM; echo on; while true; do sleep 0.1; done"
        """

    /// How long the daemon takes from the signal to its end.
    private func seconds(toStop node: Node) throws -> Double {
        let start = ContinuousClock.now
        try #require(node.daemon).signal(SIGTERM)
        let end = node.daemon?.wait(Self.limit)
        #expect(end == .exited(0))
        let time = start.duration(to: .now)
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }

    @Test("ends a daemon with nothing in flight at once")
    func idle() throws {
        try Node.with(work: Self.work) { node in
            let connections = try (0..<50).map { _ in try node.client.connect() }
            #expect(try seconds(toStop: node) < 2 * slowness)
            for connection in connections { #expect(try connection.rest() == []) }
            #expect(!FileManager.default.fileExists(atPath: node.socket))
        }
    }

    @Test("ends a daemon whose clients do not read their results")
    func stoppedReaders() throws {
        try Node.with(work: Self.work) { node in
            let unit = try node.client.submit("much")
            try node.client.end(unit)
            let readers = try (0..<100).map { _ in try node.client.results(opening: unit) }
            for reader in readers { _ = try reader.bytes(1) }
            #expect(try seconds(toStop: node) < 4 * slowness)
        }
    }

    @Test("ends a daemon with units that ignore theirs, which go on")
    func deafUnit() throws {
        try Node.with(work: Self.work) { node in
            let unit = try node.client.submit("deaf")
            #expect(try node.client.results(opening: unit).line() == "on\n")
            let cancel = try node.client.connect()
            try cancel.send("work cancel \(unit)\n")
            #expect(try seconds(toStop: node) < Self.limit)
        }
    }

    @Test("ends a daemon whose disk hangs", .enabled(if: CrashTests.isFull))
    func hangingDisk() throws {
        try Node.with(work: Self.work) { node in
            let (connection, unit) = try node.client.beginSubmit("cat")
            try FileManager.default.removeItem(atPath: node.file("stdin", of: unit))
            // Opening it hangs until there is a reader.
            #expect(mkfifo(node.file("stdin", of: unit), 0o600) == 0)
            try connection.send("x")
            _ = settles(1) { node.log.contains("never") }
            #expect(try seconds(toStop: node) < Self.limit)
        }
    }

    @Test("ends a daemon that pings and connects to a node that does not answer, and no command follows")
    func frozenPeer() throws {
        try Mesh.with([.init("foo", dials: ["bar"], work: Self.work), .init("bar")]) { mesh in
            let (foo, bar) = (try mesh["foo"], try mesh["bar"])
            bar.freeze()
            defer { bar.thaw() }
            let pinging = try foo.client.connect()
            try pinging.send("ping bar\nwork submit localhost cat\n")
            let connecting = try foo.client.connect()
            try connecting.send("connect bar control\nwork list\n")
            _ = settles(0.2) { foo.log.contains("never") }
            foo.daemon?.signal(SIGTERM)
            #expect(foo.daemon?.errors.wait { $0.contains("stopping") } == true)
            #expect(settles(2) { (try? foo.client.connect()) == nil })
            #expect(try seconds(toStop: foo) < Self.limit)
            #expect(try foo.unitsOnDisk().isEmpty)
            #expect(try !String(decoding: connecting.rest(), as: UTF8.self).contains("{"))
        }
    }

    @Test("lets no session carry out one more command", arguments: [false, true])
    func noMoreCommands(throughTheMesh: Bool) throws {
        try Mesh.with([.init("foo", dials: ["bar"], work: Self.work), .init("bar", work: Self.work)]) { mesh in
            let bar = try mesh["bar"]
            let connection = try throughTheMesh ? mesh.client("foo").connect(through: "bar") : bar.client.connect()
            try connection.send(Client.submitLine("cat"))
            let unit = try Client.unit(in: try connection.line())
            let other = try throughTheMesh ? mesh.client("foo").connect(through: "bar") : bar.client.connect()
            bar.daemon?.signal(SIGTERM)
            #expect(bar.daemon?.errors.wait { $0.contains("stopping") } == true)
            do { try other.send("work list\n") } catch is SystemFailure {}
            #expect(try String(decoding: other.rest(), as: UTF8.self) == "")
            try connection.send("payload")
            connection.halfClose()
            try Client.checkStarted(try connection.line(), unit)
            #expect(try connection.rest() == [])
            #expect(bar.daemon?.wait(Self.limit) == .exited(0))
        }
    }
}
