import Foundation
import TestSupport
import Testing

/// Nodes and links that break while the output of work on bar comes to foo, over a node between them.
///
/// `make test` runs a short form; with `WORKCEPTOR_FAULTS=full` in the environment more is streamed and outages last
/// longer.
@Suite("Faults while output comes from another node", .waiting)
struct StreamingFaultTests {
    private static let isFull = CrashTests.isFull
    private static let parts = isFull ? 512 : 64
    private static let partSize = 512 << 10
    /// Between two parts, in seconds.
    private static let pause = isFull ? 0.1 : 0.03
    private static let outage = isFull ? 60.0 : 1.5
    private static let freeze = isFull ? 40.0 : 1.5
    private static let longest = isFull ? 600.0 : 60.0

    enum Fault: String, CaseIterable {
        case submitterKilled, executorKilled, middleKilled
        case nearLinkCut, farLinkCut
        case submitterFrozen, executorFrozen, middleFrozen
    }

    /// What a unit writes: no two parts are the same.
    private static func makeOutput() -> Data {
        var generator = SeededGenerator(seed: 4)
        var data = Data(capacity: parts * partSize)
        var block = [UInt64](repeating: 0, count: partSize / 8)
        for _ in 0..<parts {
            for index in block.indices { block[index] = generator.next() }
            block.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        return data
    }

    @Test("The output arrives whole and once, and nothing is started twice", arguments: Fault.allCases)
    func fault(_ fault: Fault) throws {
        let scratch = try Scratch()
        let output = Self.makeOutput()
        try output.write(to: URL(filePath: scratch.file("output")))
        let script = """
            echo $$ >> \(scratch.file("ran"))
            for ((i = 0; i < \(Self.parts); i++)); do
              dd if=\(scratch.file("output")) bs=\(Self.partSize) skip=$i count=1 status=none
              sleep \(Self.pause)
            done
            """
        try scratch.write("job.sh", script)
        let work = """
            - worktype: stream
              command: bash
              params: \(scratch.file("job.sh"))
            """
        let members: [Mesh.Member] = [
            .init("foo", dials: ["hop"]), .init("hop"), .init("bar", dials: ["hop"], work: work),
        ]
        try Mesh.with(members, in: scratch, cuttable: true) { mesh in
            let foo = try mesh["foo"]
            let (unit, result) = try foo.client.submit("stream", to: "bar")
            #expect(result == "Job Started")
            // In the midst of it.
            let stdout = foo.file("stdout", of: unit)
            #expect(settles(Self.longest) { Self.size(of: stdout) > output.count / 4 })
            try strike(fault, mesh)
            let start = ContinuousClock.now
            var client = foo.client
            client.seconds = Self.longest
            let results = try client.results(unit)
            print("output, \(fault): whole \(ContinuousClock.now - start) after the end of the fault")
            #expect(results.count == output.count)
            #expect(Data(results) == output)
            let status = try foo.client.status(unit)
            #expect(status.StateName == "Succeeded" && status.StdoutSize == output.count, "\(status)")
            #expect(try Data(contentsOf: URL(filePath: stdout), options: .alwaysMapped) == output)
            let runs = try String(contentsOfFile: scratch.file("ran"), encoding: .utf8).split(separator: "\n")
            #expect(runs.count == 1, "\(runs)")
            #expect(try foo.client.list().keys.sorted() == [unit])
            let remote = try #require(status.extra?.RemoteUnitID)
            let there = try mesh.client("bar").list()
            #expect(there.keys.sorted() == [remote])
            #expect(there[remote]?.StateName == "Succeeded")
            #expect(try foo.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            #expect(try mesh["bar"].unitsOnDisk() == [])
        }
    }

    private func strike(_ fault: Fault, _ mesh: Mesh) throws {
        switch fault {
        case .submitterKilled: try mesh["foo"].killAndRestart()
        case .executorKilled: try mesh["bar"].killAndRestart()
        case .middleKilled: try mesh["hop"].killAndRestart()
        case .nearLinkCut: try cut(.init(from: "foo", to: "hop"), mesh)
        case .farLinkCut: try cut(.init(from: "bar", to: "hop"), mesh)
        case .submitterFrozen: try freeze("foo", mesh)
        case .executorFrozen: try freeze("bar", mesh)
        case .middleFrozen: try freeze("hop", mesh)
        }
    }

    private func cut(_ wire: Mesh.Wire, _ mesh: Mesh) throws {
        let forwarder = try #require(mesh.wires[wire])
        forwarder.cut()
        // The outage lasts: its length is the point.
        Thread.sleep(forTimeInterval: Self.outage)
        try forwarder.heal()
    }

    private func freeze(_ id: String, _ mesh: Mesh) throws {
        try mesh[id].freeze()
        // As long as the node is to stand still: nothing that could be awaited happens meanwhile.
        Thread.sleep(forTimeInterval: Self.freeze)
        try mesh[id].thaw()
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
