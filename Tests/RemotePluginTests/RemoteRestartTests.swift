import JSON
import LinuxSystem
import Testing
import Workceptor

@testable import RemotePlugin

@Suite struct `After a restart a remote unit` {
    @Test func `whose payload was not complete fails`() async throws {
        try await Bench.with { bench in
            let intake = try await bench.admit()
            try await intake.append([1, 2, 3])
            let later = try await bench.restarted()
            let status = await later.end(of: try later.unit(intake.unit))
            #expect(status.state == .failed && status.detail == "The node stopped before the payload was complete")
            #expect(later.mesh.attempts == 0)
        }
    }

    @Test func `that no node has heard of is submitted`() async throws {
        try await Bench.with(hasRoute: false) { bench in
            let (unit, _) = try await bench.submit("kept", Bench.request(parameters: ["secret_a": "b"], tlsClient: "t"))
            let later = try await bench.restarted()
            let status = await later.end(of: try later.unit(unit))
            #expect(status.state == .succeeded && status.stdoutSize == 4)
            #expect(bench.node.with { $0.units.values.first?.parameters } == ["secret_a": "b"])
        }
    }

    @Test func `that may have been started is not started again`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.faults = [.beforeReply]
                node.refusals["status"] = "try later"
            }
            let (unit, _) = try await bench.submit("once")
            let id = await unit.lifecycleRecord { $0.unitID != nil && !$0.isStarted }.unitID
            let later = try await bench.restarted()
            bench.node.with { $0.refusals = [:] }
            let status = await later.end(of: try later.unit(unit))
            #expect(status.state == .succeeded && status.extraData["RemoteUnitID"]?.string == id?.description)
            #expect(bench.node.with { $0.startedPayloads } == ["once"])
        }
    }

    @Test func `that never started there is submitted anew`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.faults = [.afterID(isNoticed: true)]
                node.refusals["status"] = "try later"
            }
            let (unit, _) = try await bench.submit("once")
            _ = await unit.lifecycleRecord { $0.unitID != nil }
            let later = try await bench.restarted()
            bench.node.with { $0.refusals = [:] }
            #expect(await later.end(of: try later.unit(unit)).state == .succeeded)
            #expect(bench.node.with { $0.startedPayloads } == ["once"])
            #expect(bench.node.with { Array($0.units.keys) } == ["unit0002"])
        }
    }

    @Test func `that was started is followed on`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { $0.stdout = Array("before ".utf8) } }
            let (unit, _) = try await bench.submit()
            await unit.status { $0.state == .running }
            try await bench.untilStdout(of: unit) { $0 == "before " }
            let later = try await bench.restarted()
            bench.node.withUnit { unit in
                unit.stdout += Array("after".utf8)
                unit.state = .succeeded
            }
            let found = try later.unit(unit)
            #expect(await later.end(of: found).state == .succeeded)
            #expect(try later.stdout(of: found) == "before after")
            #expect(bench.node.subcommands.filter { $0 == "submit" }.count == 1)
        }
    }

    @Test func `that was to start until a time that has passed fails`() async throws {
        try await Bench.with(hasRoute: false) { bench in
            let (unit, _) = try await bench.submit("p", Bench.request(ttl: "10h"))
            var record = try #require(RemoteRecord(try bench.onDisk(unit).extraData))
            record.expiration = Expiration(text: "2026-01-01T00:00:00Z")
            var status = try bench.onDisk(unit)
            status.extraData = record.extraData
            let later = try await bench.restarted { unit in
                try Files.replace("\(unit)/status", with: status.fileContent)
            }
            let end = await later.end(of: try later.unit(unit))
            #expect(end.state == .failed && end.detail == "Work unit expired on 2026-01-01T00:00:00Z")
            #expect(later.mesh.attempts == 0)
        }
    }

    @Test func `with a damaged record fails`() async throws {
        try await Bench.with(hasRoute: false) { bench in
            let (unit, _) = try await bench.submit()
            var status = try bench.onDisk(unit)
            status.extraData = ["RemoteNode": "bar", "RemoteWorkType": "x", "RemoteUnitID": "../../etc"]
            let later = try await bench.restarted { unit in
                try Files.replace("\(unit)/status", with: status.fileContent)
            }
            #expect(await later.end(of: try later.unit(unit)).state == .failed)
        }
    }
}

extension WorkUnit {
    /// Waits until the unit's record satisfies a condition.
    func lifecycleRecord(_ isSatisfied: (RemoteRecord) -> Bool) async -> RemoteRecord {
        while true {
            let version = version
            if let record = RemoteRecord(extraData), isSatisfied(record) { return record }
            await changed(since: version)
        }
    }
}
