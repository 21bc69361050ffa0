import Foundation
import Testing

@Suite("A full disk", .blocking, .enabled(if: SmallDisk.isAvailable))
struct FullDiskTests {
    private static let work = """
        - worktype: cat
          command: cat
        - worktype: big
          command: head
          params: -c 50000000 /dev/zero
        - worktype: gated
          command: bash
          params: -c "echo one; read -r _ < SCRATCH/gate; exit 3"
        - worktype: mark
          command: bash
          params: -c "echo ran >> SCRATCH/ran"
        """

    private func withNode(_ body: (Node, SmallDisk, Gate) throws -> Void) throws {
        let scratch = try Scratch()
        let disk = try SmallDisk(scratch, kilobytes: 2_000)
        let gate = try Gate(in: scratch)
        let file = NodeFile(work: Self.work, dataDirectory: disk.path)
        try Node.with(file, in: scratch, options: Node.Options(wrapper: disk.wrapper)) { try body($0, disk, gate) }
    }

    /// Whether the node does its work.
    private func works(_ node: Node) throws -> Bool {
        try node.client.resultsText(node.client.submit("cat", payload: "works")) == "works"
    }

    @Test("A payload that finds no space fails its unit with the reason, and the client is told")
    func payload() throws {
        try withNode { node, disk, _ in
            let (connection, unit) = try node.client.beginSubmit("mark")
            // The server hangs up while the client still sends.
            do { try connection.send([UInt8](repeating: 0x61, count: 8_000_000)) } catch is SystemFailure {}
            connection.halfClose()
            let answer = try connection.line()
            #expect(answer.hasPrefix("ERROR: ") && answer.contains("No space left on device"), "\(answer)")
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed")
            #expect(status.Detail.contains("No space left on device"), "\(status.Detail)")
            #expect(!FileManager.default.fileExists(atPath: node.scratch.file("ran")))
            // What came of the payload does not fill the disk for everybody else.
            #expect(try works(node))
            #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            #expect(try works(node))
        }
    }

    @Test("Output that finds no space fails its unit with the reason")
    func output() throws {
        try withNode { node, disk, _ in
            let unit = try node.client.submit("big")
            let output = try node.client.results(unit)
            let status = try node.client.status(unit)
            #expect(status.StateName == "Failed")
            #expect(
                status.Detail.contains("exit status 1") && status.Detail.contains("no space left"),
                "\(status.Detail)"
            )
            #expect(Int64(output.count) == status.StdoutSize)
            #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            #expect(try works(node))
        }
    }

    @Test("A unit that runs on a full disk can be cancelled and released")
    func release() throws {
        try withNode { node, disk, gate in
            let units = try (0..<2).map { _ in try node.client.submit("gated") }
            for unit in units { #expect(try node.client.results(opening: unit).line() == "one\n") }
            try disk.fill()
            #expect(try node.client.cancel(units[0]) == "{\"cancelled\":\"\(units[0])\"}\n")
            for unit in units { #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n") }
            #expect(try node.client.list().isEmpty)
        }
    }

    @Test("A unit that ends on a full disk has its state at once, and in its file when there is space again")
    func status() throws {
        try withNode { node, disk, gate in
            let unit = try node.client.submit("gated")
            let follower = try node.client.results(opening: unit)
            #expect(try follower.line() == "one\n")
            try disk.fill()
            try gate.open()
            #expect(try follower.rest() == [])
            let status = try node.client.status(unit)
            #expect(status.StateName == "Failed")
            #expect(status.Detail.hasPrefix("exit status 3"), "\(status.Detail)")
            // Others are told as well, and nothing is left of what they asked for.
            let before = try FileManager.default.contentsOfDirectory(atPath: disk.outside(node.unitsDirectory)).sorted()
            let answer = try node.client.command(String(Client.submitLine("cat").dropLast()))
            #expect(answer.hasPrefix("ERROR: ") && answer.contains("No space left on device"), "\(answer)")
            let after = try FileManager.default.contentsOfDirectory(atPath: disk.outside(node.unitsDirectory)).sorted()
            #expect(before == after)
            disk.free()
            let daemon = try #require(node.daemon)
            #expect(daemon.errors.wait { $0.contains("the disk takes the status again") })
            let path = disk.outside(node.file("status", of: unit))
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains(#""State":3,"Detail":"exit status 3"#))
            #expect(try works(node))
            try node.killAndRestart()
            #expect(try node.client.status(unit) == status)
        }
    }

    @Test("A daemon that starts on a full disk knows how the units of before ended")
    func start() throws {
        try withNode { node, disk, gate in
            let unit = try node.client.submit("gated")
            #expect(try node.client.results(opening: unit).line() == "one\n")
            let finished = try node.client.submit("cat", payload: "abc")
            try node.client.end(finished)
            let runner = try #require(node.workProcesses().first { ProcessScan.isRunner($0, under: "/") })
            node.kill()
            try disk.fill()
            try gate.open()
            #expect(ProcessScan.awaitEnd(of: runner.pid))
            try node.start()
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed")
            #expect(status.Detail.hasPrefix("exit status 3"), "\(status.Detail)")
            #expect(try node.client.resultsText(finished) == "abc")
            // A release gives space back.
            #expect(try node.client.release(finished) == "{\"released\":\"\(finished)\"}\n")
            disk.free()
            #expect(try works(node))
        }
    }

    @Test("A unit that was told to have ended on a full disk has ended after a restart, too")
    func toldEnd() throws {
        try withNode { node, disk, _ in
            let unit = try node.client.submit("gated")
            #expect(try node.client.results(opening: unit).line() == "one\n")
            try disk.fill()
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            #expect(try node.client.status(unit).StateName == "Canceled")
            node.kill()
            try node.start()
            #expect(try node.client.status(unit).StateName == "Canceled")
        }
    }

    @Test("A unit whose runner finds no space for its record fails, and never runs")
    func record() throws {
        try withNode { node, disk, _ in
            let (connection, unit) = try node.client.beginSubmit("mark")
            try disk.fill()
            connection.halfClose()
            let answer = try connection.line()
            #expect(answer.hasPrefix("ERROR: "), "\(answer)")
            let status = try node.client.end(unit)
            #expect(status.StateName == "Failed")
            #expect(status.Detail.contains("full") || status.Detail.contains("No space"), "\(status.Detail)")
            #expect(!FileManager.default.fileExists(atPath: node.scratch.file("ran")))
            disk.free()
            #expect(try works(node))
        }
    }
}
