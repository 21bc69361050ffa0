import JSON
import LinuxSystem
import TestSupport
import Testing
import Workceptor

@testable import RemotePlugin

/// Delays in which nothing is tried again by itself.
private var patient: RemoteTimings {
    var timings = Bench.quick
    timings.firstDelay = .seconds(600)
    timings.longestDelay = .seconds(600)
    timings.firstPoll = .seconds(600)
    timings.longestPoll = .seconds(600)
    timings.answer = .seconds(600)
    timings.idle = .seconds(600)
    return timings
}

@Suite struct `Requests to one node` {
    @Test func `do not wait for cancels that take long there`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.onStart = { _ in }
                node.stubborn = ["0", "1", "2", "3", "4"]
            }
            let units = try await withThrowingTaskGroup(of: WorkUnit.self) { group in
                for number in 0..<100 { group.addTask { try await bench.submit("\(number)").unit } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for unit in units { await unit.status { $0.state == .running } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for unit in units { group.addTask { _ = try await bench.workceptor.cancel(unit) } }
                // The stubborn ones are let go only when all others have ended.
                await bench.node.until { node in
                    node.units.values.count { $0.state == .canceled } == 95
                }
                let start = ContinuousClock.now
                for unit in units where !["0", "1", "2", "3", "4"].contains(try bench.payload(of: unit)) {
                    #expect(await bench.end(of: unit).state == .canceled)
                }
                #expect(ContinuousClock.now - start < .seconds(10))
                #expect(bench.workceptor.units.count { !$0.status.state.isComplete } == 5)
                bench.node.with { $0.stubborn = [] }
                try await group.waitForAll()
            }
            for unit in units { #expect(await bench.end(of: unit).state == .canceled) }
        }
    }

    @Test func `wait for a stream when very many are asked at once, and all are answered`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { _ in } }
            let (unit, _) = try await bench.submit()
            await unit.status { $0.state == .running }
            let streams = ControlStreamPool(mesh: bench.mesh, timings: bench.timings)
            let id = try #require(RemoteRecord(unit.extraData)?.unitID)
            let service = RemoteControlService(node: "bar")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<500 {
                    group.addTask {
                        _ = try await streams.ask(.unitStatus(unit: "\(id)"), of: service, isSlow: false) { $0 }
                    }
                }
                try await group.waitForAll()
            }
            #expect(bench.mesh.openCount <= 30)
            await streams.shutDown()
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `While a node turns its callers away, a unit` {
    @Test func `waits as long as it means to, whatever else changes in the mesh`() async throws {
        var timings = Bench.quick
        timings.firstDelay = .seconds(600)
        timings.longestDelay = .seconds(600)
        try await Bench.with(timings: timings) { bench in
            bench.mesh.fail(WorkMeshError(.unreachable, "there are too many already"))
            let (unit, _) = try await bench.submit()
            await bench.mesh.until { bench.mesh.attempts > 0 }
            for _ in 0..<100 { bench.mesh.setRoute(true) }
            #expect(bench.mesh.attempts == 1)
            // A node that comes back is tried at once.
            bench.mesh.fail(nil)
            bench.mesh.setRoute(false)
            bench.mesh.setRoute(true)
            #expect(await bench.end(of: unit).state == .succeeded)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The answers of other nodes` {
    @Test func `that they have too much to do for now are no end of a unit`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.refusals["submit"] = "too many long command lines at a time: try again later" }
            async let submitting = bench.submit()
            await bench.node.until { $0.commands.count >= 2 }
            let waiting = try #require(bench.workceptor.units.first)
            await waiting.status { $0.detail.contains("too many long command lines") }
            bench.node.with { $0.refusals = [:] }
            let (unit, _) = try await submitting
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(bench.node.with { $0.startedPayloads } == ["payload"])
        }
    }

    @Test func `that end in such words say something else all the same`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.refusals["submit"] = "unknown work type x: try again later" }
            let error = await #expect(throws: WorkError.self) { try await bench.submit() }
            #expect(error?.description == "unknown work type x: try again later")
        }
    }

    @Test func `that they have too much to do for now lose no output`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.refusals["results"] = "too many sessions: try again later" }
            let (unit, _) = try await bench.submit("payload")
            await bench.node.until { node in node.commands.count { $0["subcommand"] == "results" } >= 6 }
            bench.node.with { $0.refusals = [:] }
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(try bench.stdout(of: unit) == "payload")
        }
    }

    @Test(arguments: [
        ("results", "the remote node does not give all of the output: not now"),
        ("whole results", "it cannot be told whether the output is the remote node's: not now"),
        ("fingerprint", "it cannot be told whether the output is the remote node's: not now"),
    ])
    func `may keep a unit from knowing whether its output is theirs, which fails it with that reason`(
        refused: String,
        reason: String
    ) async throws {
        try await Bench.with { bench in
            let output = String(repeating: "abcdef", count: 1_000)
            bench.node.with { $0.givesFingerprints = false }
            bench.node.with { $0.onStart = { $0.stdout = Array(output.utf8) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0 == output }
            bench.node.with { $0.refusals[refused] = "not now" }
            // Cut in any case: what follows is asked for again.
            bench.mesh.tearAll()
            await bench.node.until { $0.commands.count { $0["subcommand"] == "results" } >= 2 }
            bench.node.withUnit { unit in
                unit.claimedSize = 3
                unit.state = .succeeded
            }
            let status = await bench.end(of: unit)
            #expect(status.state == .failed && status.stdoutSize == 6_000)
            #expect(status.detail == "Running: PID 7 (\(reason))")
        }
    }

    @Test(arguments: [UnitState.failed, .canceled])
    func `take nothing away from the output of a unit that did not succeed`(state: UnitState) async throws {
        try await Bench.with { bench in
            bench.node.with { $0.givesFingerprints = false }
            bench.node.with { $0.onStart = { $0.stdout = Array("abcdef".utf8) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0 == "abcdef" }
            bench.node.withUnit { unit in
                unit.claimedSize = 3
                unit.state = state
            }
            #expect(await bench.end(of: unit).stdoutSize == 6)
        }
    }

    @Test func `that are long are too many at some time, and short ones still come`() async throws {
        try await Bench.with { bench in
            let streams = ControlStreamPool(mesh: bench.mesh, timings: bench.timings)
            bench.node.with { $0.unfinished = String(repeating: "x", count: 1_000_000) }
            let services = ["a", "b", "c"].map { RemoteControlService(node: "bar", tlsClient: $0) }
            try await withThrowingTaskGroup(of: String.self) { group in
                for service in services {
                    for _ in 0..<64 {
                        group.addTask {
                            do {
                                _ = try await streams.ask(.unitStatus(unit: "u"), of: service, isSlow: true) { $0 }
                                return "answered"
                            } catch { return "\(error)" }
                        }
                    }
                }
                let first = try await group.next()
                #expect(first?.contains("too many of those already") == true, "\(first ?? "")")
                bench.node.with { $0.unfinished = nil }
                bench.node.with { $0.lies["status"] = ["{}"] }
                let service = RemoteControlService(node: "bar")
                #expect(try await streams.ask(.unitStatus(unit: "u"), of: service, isSlow: false) { $0 } == "{}")
                group.cancelAll()
            }
            await streams.shutDown()
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `When the route to a node is back, a unit` {
    @Test func `is followed at once over new streams, whatever the old ones do`() async throws {
        try await Bench.with(timings: patient) { bench in
            bench.node.with { $0.onStart = { $0.stdout = Array("before ".utf8) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0 == "before " }
            bench.mesh.setRoute(false, isNoticed: false)
            // Nobody hears of the outage but by the routes.
            bench.mesh.setRoute(true)
            bench.node.withUnit { unit in
                unit.stdout += Array("after".utf8)
                unit.state = .succeeded
            }
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(try bench.stdout(of: unit) == "before after")
        }
    }

    @Test func `is cancelled though the request was under way`() async throws {
        try await Bench.with(timings: patient) { bench in
            bench.node.with { node in
                node.onStart = { _ in }
                node.stubborn = ["payload"]
            }
            let (unit, _) = try await bench.submit()
            async let answer = bench.workceptor.cancel(unit)
            await bench.node.until { $0.commands.contains { $0["subcommand"] == "cancel" } }
            bench.mesh.setRoute(false, isNoticed: false)
            bench.node.with { $0.stubborn = [] }
            bench.mesh.setRoute(true)
            _ = try await answer
            #expect(await bench.end(of: unit).state == .canceled)
            // Asked again over a new stream, unless the end was seen before.
            #expect((1...2).contains(bench.node.subcommands.count { $0 == "cancel" }))
        }
    }
}

@Suite struct `The time to live of a remote unit` {
    private func expire(_ unit: WorkUnit) async throws {
        try await unit.record { extraData in
            guard var record = RemoteRecord(extraData) else { return extraData }
            record.expiration = Expiration(text: "2026-01-01T00:00:00Z")
            return record.extraData
        }
    }

    @Test func `does not end one that was started there, though nobody heard it`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.faults = [.beforeReply]
                node.refusals["status"] = "try later"
                node.onStart = { _ in }
            }
            let (unit, _) = try await bench.submit("once", Bench.request(ttl: "10h"))
            try await expire(unit)
            let asked = bench.node.with { $0.commands.count }
            await bench.node.until { $0.commands.count > asked + 2 }
            #expect(unit.status.state == .pending)
            bench.node.with { $0.refusals = [:] }
            await unit.status { $0.state == .running }
            bench.node.withUnit { $0.state = .succeeded }
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(bench.node.with { $0.startedPayloads } == ["once"])
        }
    }

    @Test func `ends one that is there and never started`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.faults = [.afterID(isNoticed: true)]
                node.refusals["status"] = "try later"
            }
            let (unit, _) = try await bench.submit("once", Bench.request(ttl: "10h"))
            try await expire(unit)
            bench.node.with { $0.refusals = [:] }
            let status = await bench.end(of: unit)
            #expect(status.state == .failed && status.detail.hasPrefix("Work unit expired on 2"))
            #expect(bench.node.with { $0.startedPayloads.isEmpty && $0.units.isEmpty })
        }
    }

    @Test func `of centuries is refused`() async throws {
        try await Bench.with { bench in
            await #expect { _ = try await bench.submit("p", Bench.request(ttl: "9223372036854775807ns")) } throws: {
                "\($0)" == "field ttl is longer than time can be counted: leave it out"
            }
        }
    }
}

@Suite struct `Another node that does not tell the truth` {
    @Test(arguments: [Int64.min, -1, 3]) func `about the size cannot keep a unit from its end`(size: Int64) async throws
    {
        try await Bench.with { bench in
            bench.node.with { node in
                node.onStart = { unit in
                    unit.stdout = Array("part".utf8)
                    unit.claimedSize = size
                    unit.state = .succeeded
                }
            }
            let (unit, _) = try await bench.submit()
            #expect(await bench.end(of: unit).state == .succeeded)
        }
    }

    @Test func `about a giant output has the unit fail`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.onStart = { unit in
                    unit.stdout = Array("part".utf8)
                    unit.claimedSize = .max
                    unit.state = .succeeded
                    unit.detail = "exit status 0"
                }
            }
            let (unit, _) = try await bench.submit()
            let status = await bench.end(of: unit)
            #expect(status.state == .failed && status.detail.contains("4 of 9223372036854775807 bytes"))
        }
    }

    @Test func `about an output that goes on behind the end does not hold the unit up`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.isReceptor = true
                node.onStart = { unit in
                    unit.stdout = Array(repeating: 0x61, count: 1 << 20)
                    unit.claimedSize = 10
                    unit.state = .canceled
                }
            }
            let (unit, _) = try await bench.submit()
            #expect(await bench.end(of: unit).state == .canceled)
        }
    }

    @Test func `whose states go back is believed only forward`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { _ in } }
            let (unit, _) = try await bench.submit()
            await unit.status { $0.state == .running }
            bench.node.withUnit { $0.state = .pending }
            let asked = bench.node.with { $0.commands.count }
            await bench.node.until { $0.commands.count > asked + 3 }
            #expect(unit.status.state == .running)
            bench.node.withUnit { $0.state = .succeeded }
            #expect(await bench.end(of: unit).state == .succeeded)
        }
    }

    @Test(arguments: [
        "Work unit created with ID ../../x. Send stdin data and EOF.", "Work unit created with ID . Send", "{}", "",
    ])
    func `about the unit's identifier has the unit fail`(line: String) async throws {
        try await Bench.with { bench in
            bench.node.with { $0.lies["submit"] = [line] }
            _ = try? await bench.submit()
            let status = await bench.end(of: try #require(bench.workceptor.units.first))
            #expect(status.detail == "node bar gave an answer to the submit request that is none")
            #expect(status.state == .failed && status.extraData["RemoteUnitID"] == "")
        }
    }

    @Test(
        arguments: ["status", "cancel", "results", "release"],
        [
            #"{"cancelled":"another1"}"#, #"{"released":"another1"}"#, #"{"State":9}"#, "[]", "nonsense", "",
            #"{"State":"#, String(repeating: "x", count: (1 << 20) + 1),
        ]
    )
    func `about what it was asked is asked again`(command: String, line: String) async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.onStart = { _ in }
                node.lies[command] = [line, line]
            }
            let (unit, _) = try await bench.submit()
            await unit.status { $0.state == .running }
            _ = try await bench.workceptor.cancel(unit)
            #expect(await bench.end(of: unit).state == .canceled)
            _ = try await bench.workceptor.release(unit)
            await bench.untilGone(unit)
            #expect(bench.node.with { $0.units.isEmpty })
        }
    }

    @Test func `and says more than it was asked is not asked over that stream again`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.onStart = { _ in }
                node.lies["status"] = Array(
                    repeating: #"{"State":1,"Detail":"x","StdoutSize":0}"# + "\n" + #"{"State":2,"Detail":"a lie"}"#,
                    count: 3
                )
            }
            let (unit, _) = try await bench.submit()
            let asked = bench.node.with { $0.commands.count }
            await bench.node.until { $0.commands.count > asked + 6 }
            #expect(unit.status.state == .running)
            bench.node.withUnit { $0.state = .succeeded }
            #expect(await bench.end(of: unit).detail == "Running: PID 7")
        }
    }
}

@Suite struct `The end of the daemon` {
    @Test(arguments: [true, false])
    func `does not wait for many units of other nodes`(hasRoute: Bool) async throws {
        let count = Faults.isFull ? 1000 : 50
        try await Bench.with(hasRoute: hasRoute, timings: patient) { bench in
            bench.node.with { $0.onStart = { _ in } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count { group.addTask { _ = try await bench.submit("\(number)") } }
                try await group.waitForAll()
            }
            let start = ContinuousClock.now
            await bench.workceptor.shutDown()
            let time = ContinuousClock.now - start
            // The time says little on a busy machine; what waits for another node waits for ever here.
            print("shutdown with \(count) units of another node, route \(hasRoute): \(time)")
            await bench.mesh.until { bench.mesh.openCount == 0 }
        }
    }
}
