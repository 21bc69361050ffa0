import Foundation
import TestSupport
import Testing

@Suite("Faults while a payload goes to another node", .waiting)
struct PayloadFaultTests {
    enum Fault: String, CaseIterable { case submitterKilled, executorKilled, linkCut }

    @Test("It is sent again, and the work starts once and on all of it", arguments: Fault.allCases)
    func fault(_ fault: Fault) throws {
        let work = """
            - worktype: once
              command: bash
              params: -c "echo $$ >> SCRATCH/ran; cat"
            """
        var generator = SeededGenerator(seed: 11)
        let payload = (0..<1 << 20).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
        // Slow enough to be struck in the midst of it.
        let members: [Mesh.Member] = [.init("foo"), .init("bar", dials: ["foo"], work: work)]
        try Mesh.with(members, cuttable: true, rate: 8 << 20) { mesh in
            let (foo, bar) = (try mesh["foo"], try mesh["bar"])
            let (connection, unit) = try foo.client.beginSubmit("once", node: "bar")
            try connection.send(payload)
            connection.halfClose()
            #expect(
                try settles {
                    try bar.unitsOnDisk().contains { name in
                        var status = stat()
                        return stat(bar.file("stdin", of: name), &status) == 0 && status.st_size > 1 << 20
                    }
                }
            )
            #expect(!FileManager.default.fileExists(atPath: mesh.scratch.file("ran")))
            let start = ContinuousClock.now
            switch fault {
            case .submitterKilled: try foo.killAndRestart()
            case .executorKilled: try bar.killAndRestart()
            case .linkCut:
                let wire = try #require(mesh.wires[.init(from: "bar", to: "foo")])
                wire.cut()
                #expect(try settles { try foo.client.meshStatus().neighbours.isEmpty })
                try wire.heal()
            }
            #expect(try foo.client.results(unit) == payload)
            print("payload, \(fault): the output was whole after \(ContinuousClock.now - start)")
            #expect(try foo.client.status(unit).StateName == "Succeeded")
            let runs = try String(contentsOfFile: mesh.scratch.file("ran"), encoding: .utf8).split(separator: "\n")
            #expect(runs.count == 1)
            let remote = try #require(try foo.client.status(unit).extra?.RemoteUnitID)
            #expect(try settles { try bar.unitsOnDisk() == [remote] })
            #expect(try foo.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            #expect(try bar.unitsOnDisk() == [])
        }
    }
}
