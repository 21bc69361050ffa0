import Foundation
import Testing

/// What waits for another node goes on as soon as it can be reached.
@Suite("After an outage", .waiting)
struct RenewalTests {
    enum Outage: String, CaseIterable {
        case nearLinkCut, farLinkCut
        /// Longer than a stream lasts without a word.
        case submitterFrozen, executorFrozen

        var seconds: Double {
            switch self {
            case .nearLinkCut, .farLinkCut: 10
            case .submitterFrozen, .executorFrozen: 40
            }
        }
    }

    private static let work = """
        - worktype: wait
          command: bash
          params: -c "echo before; until [ -e SCRATCH/go ]; do sleep 0.05; done; echo after"
        """

    @Test("Output of a unit on another node comes within a second of the route", arguments: Outage.allCases)
    func goesOn(outage: Outage) throws {
        let members: [Mesh.Member] = [
            .init("foo", dials: ["hop"]), .init("hop"), .init("bar", dials: ["hop"], work: Self.work),
        ]
        try Mesh.with(members, cuttable: true) { mesh in
            let foo = try mesh["foo"]
            let (unit, result) = try foo.client.submit("wait", to: "bar")
            #expect(result == "Job Started")
            #expect(settles { (try? foo.read("stdout", of: unit)) == "before\n" })
            try begin(outage, mesh)
            Thread.sleep(forTimeInterval: outage.seconds / 2)
            #expect(FileManager.default.createFile(atPath: mesh.scratch.file("go"), contents: nil))
            // As long as the outage lasts: its length is the point.
            Thread.sleep(forTimeInterval: outage.seconds / 2)
            try end(outage, mesh)
            try mesh.awaitRoutes()
            let start = ContinuousClock.now
            #expect(settles { (try? foo.read("stdout", of: unit)) == "before\nafter\n" })
            let time = ContinuousClock.now - start
            print("\(outage): \(time) after the route")
            #expect(time < .seconds(slowness * 1), "\(time)")
            #expect(settles { (try? foo.client.status(unit).StateName) == "Succeeded" })
        }
    }

    private func begin(_ outage: Outage, _ mesh: Mesh) throws {
        switch outage {
        case .nearLinkCut: try #require(mesh.wires[.init(from: "foo", to: "hop")]).cut()
        case .farLinkCut: try #require(mesh.wires[.init(from: "bar", to: "hop")]).cut()
        case .submitterFrozen: try mesh["foo"].freeze()
        case .executorFrozen: try mesh["bar"].freeze()
        }
    }

    private func end(_ outage: Outage, _ mesh: Mesh) throws {
        switch outage {
        case .nearLinkCut: try #require(mesh.wires[.init(from: "foo", to: "hop")]).heal()
        case .farLinkCut: try #require(mesh.wires[.init(from: "bar", to: "hop")]).heal()
        case .submitterFrozen: try mesh["foo"].thaw()
        case .executorFrozen: try mesh["bar"].thaw()
        }
    }
}
