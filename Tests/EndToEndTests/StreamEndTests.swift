import Foundation
import Testing

@Suite("A client that waits", .blocking)
struct StreamEndTests {
    @Test("hears at once that its unit was cancelled or released, though it still sends the payload")
    func refusedPayload() throws {
        try Node.with { node in
            for command in ["cancel", "release"] {
                let (connection, unit) = try node.client.beginSubmit("cat")
                try connection.send("a part")
                _ = try node.client.command("work \(command) \(unit)")
                let line = try connection.line()
                #expect(line.hasPrefix("ERROR: unit \(unit) is Canceled"), "\(line)")
                #expect(try connection.rest() == [])
            }
        }
    }

    @Test("sees the end of the output when a unit shortens it, and the daemon rests")
    func shortenedOutput() throws {
        let scratch = try Scratch()
        let gate = try Gate(in: scratch)
        let work = """
            - worktype: shrinks
              command: bash
              params: -c "head -c 50000000 /dev/zero; read -r _ < SCRATCH/gate; echo x > /dev/stdout; sleep 60"
            """
        try Node.with(NodeFile(work: work), in: scratch) { node in
            let unit = try node.client.submit("shrinks")
            let stopped = try node.client.results(opening: unit)
            let follower = try node.client.results(opening: unit)
            #expect(try follower.bytes(50_000_000).count == 50_000_000)
            _ = try stopped.bytes(1_000)
            try gate.open()
            // One follower has everything, the other is in the middle of it: both hear the end.
            _ = try follower.rest()
            _ = try stopped.rest()
            #expect(node.log.contains("the output became shorter"))
            let daemon = try #require(node.daemon)
            let before = try processorTicks(of: daemon.pid)
            Thread.sleep(forTimeInterval: 1)
            #expect(try Double(processorTicks(of: daemon.pid) - before) < 30 * slowness)
            _ = try node.client.cancel(unit)
        }
    }

    @Test(
        "has what another node's unit has put out at its end, also when that has shortened its output",
        arguments: [
            ("echo warning > /dev/stderr; echo end", "warning\nend\n"), ("truncate -s 6 /dev/stdout", "a long"),
            ("truncate -s 0 /dev/stdout; echo first line", "first line\n"),
            ("truncate -s 0 /dev/stdout", ""), ("echo A LONG FIRST LINE > /dev/stdout", "A LONG FIRST LINE\n"),
            ("echo A LONG FIRST LINE > /dev/stdout; echo and more", "A LONG FIRST LINE\nand more\n"),
            ("seq 1000000 1400000 > /dev/stdout", (1_000_000...1_400_000).map { "\($0)\n" }.joined()),
        ]
    )
    func shortenedElsewhere(script: String, left: String) throws {
        try expectOutputElsewhere(first: "a long first line\n", script, is: left)
    }

    @Test("has what another node's unit has put out at its end, also when that has written more again than before")
    func rewrittenElsewhere() throws {
        let script = "truncate -s 0 /dev/stdout; read -r _ < SCRATCH/again; seq 2000 4000"
        let (first, left) = ((1...1000).map { "\($0)\n" }.joined(), (2000...4000).map { "\($0)\n" }.joined())
        try expectOutputElsewhere(first: first, script, is: left) { mesh, again in
            #expect(try settles(patience) { try mesh["bar"].log.contains("the output became shorter") })
            try again.open()
        }
    }

    /// Has a unit on another node put out something, and run the script when that is here.
    private func expectOutputElsewhere(
        first: String,
        _ script: String,
        is left: String,
        _ meanwhile: (Mesh, _ again: Gate) throws -> Void = { _, _ in }
    ) throws {
        let scratch = try Scratch()
        let (gate, again) = (try Gate(in: scratch), try Gate("again", in: scratch))
        try first.write(toFile: scratch.file("first"), atomically: true, encoding: .utf8)
        let work = """
            - worktype: shrinks
              command: bash
              params: -c "cat SCRATCH/first; read -r _ < SCRATCH/gate; \(script)"
            """
        try Mesh.with([.init("foo"), .init("bar", dials: ["foo"], work: work)], in: scratch) { mesh in
            let (foo, bar) = (try mesh.client("foo"), try mesh.client("bar"))
            let (unit, _) = try foo.submit("shrinks", to: "bar", payload: [])
            #expect(try foo.results(opening: unit).bytes(first.utf8.count) == Array(first.utf8))
            try gate.open()
            try meanwhile(mesh, again)
            // A stream of the results ends when the output here becomes shorter, too.
            #expect(try settles(patience) { try foo.status(unit).StateName == "Succeeded" })
            let there = try #require(try bar.list().keys.first)
            #expect(try bar.resultsText(there) == left)
            #expect(try foo.resultsText(unit) == left)
            #expect(try foo.status(unit).StdoutSize == left.utf8.count)
        }
    }

    @Test("has the output of another node's unit though what that left behind goes on writing")
    func leftoverElsewhere() throws {
        let work = """
            - worktype: leaves
              command: bash
              params: -c "echo first; (while sleep 0.002; do echo more; done) & for i in 1 2 3 4 5; do echo $i; sleep 0.02; done"
            """
        try Mesh.with([.init("foo"), .init("bar", dials: ["foo"], work: work)]) { mesh in
            let (foo, bar) = (try mesh.client("foo"), try mesh["bar"])
            defer { ProcessScan.killWork(under: bar.unitsDirectory) }
            for _ in 0..<8 {
                let (unit, _) = try foo.submit("leaves", to: "bar", payload: [])
                let seen = try foo.resultsText(unit)
                #expect(seen.hasPrefix("first\n") && seen.contains("5\n"), "\(seen.count) bytes")
                #expect(seen.components(separatedBy: "first").count == 2)
                #expect(try foo.status(unit).StateName == "Succeeded")
            }
            #expect(try !mesh["foo"].log.contains("has shortened its output"))
        }
    }

    private func processorTicks(of pid: Int32) throws -> Int {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }
}
