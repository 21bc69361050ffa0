import Foundation
import Testing

@Suite("Work for a node that is away", .waiting)
struct AwayTests {
    private static let work = """
        - worktype: cat
          command: cat
        - worktype: long
          command: sleep
          params: "1000"
        - worktype: once
          command: bash
          params: -c "echo $$ >> SCRATCH/ran; cat"
        """

    /// foo and bar, which dials foo; only foo runs.
    private func withFoo(_ body: (Mesh, _ foo: Node, _ bar: Node) throws -> Void) throws {
        try Mesh.with([.init("foo"), .init("bar", dials: ["foo"], work: Self.work)], isStarted: false) { mesh in
            try mesh["foo"].start()
            try body(mesh, mesh["foo"], mesh["bar"])
        }
    }

    @Test("It is accepted, waits, and runs within two seconds of the node's return, also after a restart here")
    func waits() throws {
        try withFoo { mesh, foo, bar in
            let payload = Array("for later".utf8)
            let (first, result) = try foo.client.submit("once", to: "bar", payload: payload)
            #expect(result == "Job Submitted")
            let status = try foo.client.status(first)
            #expect(status.StateName == "Pending")
            #expect(settles { (try? foo.client.status(first).Detail.contains("bar")) == true })
            try foo.killAndRestart()
            let (second, _) = try foo.client.submit("once", to: "bar", payload: payload)
            try bar.start()
            let start = ContinuousClock.now
            for unit in [first, second] { #expect(try foo.client.resultsText(unit) == "for later") }
            let time = ContinuousClock.now - start
            #expect(time < .seconds(slowness * (CrashTests.isFull ? 2 : 6)), "\(time)")
            for unit in [first, second] { #expect(try foo.client.status(unit).StateName == "Succeeded") }
            let runs = try String(contentsOfFile: mesh.scratch.file("ran"), encoding: .utf8).split(separator: "\n")
            #expect(runs.count == 2)
            #expect(try bar.unitsOnDisk().count == 2)
        }
    }

    @Test("It fails when its time to live is over, with the date, and can be released")
    func expires() throws {
        try withFoo { mesh, foo, bar in
            let ttl = CrashTests.isFull ? "5s" : "1s"
            let (unit, result) = try foo.client.submit("once", to: "bar", parameters: ["ttl": ttl])
            #expect(result == "Job Submitted")
            #expect(try foo.client.results(unit) == [])
            let status = try foo.client.status(unit)
            #expect(status.StateName == "Failed")
            #expect(
                status.Detail.contains(#/^Work unit expired on \d{4}-\d\d-\d\dT[^ ]+: no route to node$/#),
                "\(status.Detail)"
            )
            try bar.start()
            try mesh.awaitRoutes()
            #expect(try foo.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            #expect(try foo.unitsOnDisk() == [])
            #expect(try bar.unitsOnDisk() == [])
            #expect(!FileManager.default.fileExists(atPath: mesh.scratch.file("ran")))
        }
    }

    @Test("Cancel and release are remembered, also across a restart, and carried out when it is back")
    func cancelAndReleasePending() throws {
        try withFoo { mesh, foo, bar in
            try bar.start()
            try mesh.awaitRoutes()
            let units = try (0..<3).map { _ in try foo.client.submit("long", to: "bar").unit }
            let remotes = try units.map { try #require(try foo.client.status($0).extra?.RemoteUnitID) }
            #expect(settles { units.allSatisfy { (try? foo.client.status($0).StateName) == "Running" } })
            bar.kill()
            #expect(try settles { try foo.client.meshStatus().RoutingTable.isEmpty })
            let start = ContinuousClock.now
            #expect(try foo.client.cancel(units[0]) == "{\"cancel pending\":\"\(units[0])\"}\n")
            #expect(try foo.client.release(units[1]) == "{\"release pending\":\"\(units[1])\"}\n")
            #expect(ContinuousClock.now - start < .seconds(slowness * 20))
            #expect(try foo.client.status(units[0]).extra?.LocalCancelled == true)
            #expect(try foo.client.status(units[1]).extra?.LocalReleased == true)
            try foo.killAndRestart()
            #expect(try foo.client.list().keys.sorted() == units.sorted())
            #expect(try foo.client.status(units[0]).extra?.LocalCancelled == true)
            #expect(try foo.client.status(units[1]).extra?.LocalReleased == true)
            #expect(settles { bar.workProcesses().count == 6 })
            try bar.start()
            #expect(try foo.client.end(units[0]).StateName == "Canceled")
            #expect(try settles { try foo.client.list().keys.sorted() == [units[0], units[2]].sorted() })
            #expect(try mesh.client("bar").status(remotes[0]).StateName == "Canceled")
            #expect(try bar.unitsOnDisk() == [remotes[0], remotes[2]].sorted())
            #expect(try foo.client.status(units[2]).StateName == "Running")
            #expect(settles { bar.workProcesses().count == 2 })
        }
    }

    @Test("A unit that has not got there yet is canceled and released at once")
    func neverStarted() throws {
        try withFoo { mesh, foo, bar in
            let units = try (0..<3).map { _ in try foo.client.submit("once", to: "bar").unit }
            #expect(try foo.client.cancel(units[0]) == "{\"cancelled\":\"\(units[0])\"}\n")
            let status = try foo.client.status(units[0])
            #expect(status.StateName == "Canceled" && status.Detail == "Locally Cancelled", "\(status)")
            #expect(try foo.client.release(units[1]) == "{\"released\":\"\(units[1])\"}\n")
            #expect(try foo.client.forceRelease(units[2]) == "{\"released\":\"\(units[2])\"}\n")
            #expect(try foo.unitsOnDisk() == [units[0]])
            try bar.start()
            try mesh.awaitRoutes()
            #expect(try foo.client.resultsText(foo.client.submit("once", to: "bar").unit) == "")
            #expect(try bar.unitsOnDisk().count == 1)
        }
    }

    @Test("Force-release returns within seconds, and nothing of the unit is left here")
    func forceRelease() throws {
        try withFoo { mesh, foo, bar in
            try bar.start()
            try mesh.awaitRoutes()
            let frozen = try foo.client.submit("long", to: "bar").unit
            bar.freeze()
            defer { bar.thaw() }
            let start = ContinuousClock.now
            #expect(try foo.client.forceRelease(frozen) == "{\"released\":\"\(frozen)\"}\n")
            #expect(ContinuousClock.now - start < .seconds(slowness * 12), "\(ContinuousClock.now - start)")
            #expect(try foo.unitsOnDisk() == [])
            #expect(try foo.client.list().isEmpty)
        }
    }

    @Test("A unit that was released there meanwhile has failed here with the reason, and can be released")
    func gone() throws {
        try withFoo { mesh, foo, bar in
            try bar.start()
            try mesh.awaitRoutes()
            let unit = try foo.client.submit("long", to: "bar").unit
            let remote = try #require(try foo.client.status(unit).extra?.RemoteUnitID)
            foo.kill()
            #expect(try bar.client.release(remote) == "{\"released\":\"\(remote)\"}\n")
            try foo.start()
            let status = try foo.client.end(unit)
            #expect(status.StateName == "Failed" && status.Detail == "Remote work unit is gone", "\(status)")
            #expect(try foo.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            #expect(try foo.unitsOnDisk() == [])
        }
    }
}
