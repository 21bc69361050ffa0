import JSON
import LinuxSystem
import Testing
import Workceptor

@testable import RemotePlugin

/// Delays in which nothing is tried again by itself.
private var patient: RemoteTimings {
    var timings = Bench.quick
    timings.firstDelay = .seconds(600)
    timings.longestDelay = .seconds(600)
    return timings
}

@Suite struct `A cancel request for remote work` {
    @Test func `ends a unit at once that no node has heard of`() async throws {
        try await Bench.with(hasRoute: false, timings: patient) { bench in
            let (unit, _) = try await bench.submit()
            #expect(try await bench.workceptor.cancel(unit) == .done)
            let status = unit.status
            #expect(status.state == .canceled && status.detail == "Locally Cancelled")
            #expect(status.extraData["LocalCancelled"] == true)
            #expect(try bench.onDisk(unit) == status)
        }
    }

    @Test func `ends a unit that waits for its payload`() async throws {
        try await Bench.with { bench in
            let intake = try await bench.admit()
            #expect(try await bench.workceptor.cancel(intake.unit) == .done)
            #expect(intake.unit.status.detail == "Locally Cancelled")
            #expect(intake.unit.status.extraData["RemoteNode"] == "bar")
            await #expect(throws: WorkError.self) { try await intake.start() }
            #expect(bench.mesh.attempts == 0)
        }
    }

    @Test func `is passed on, and the unit ends as it ends there`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { $0.stdout = Array("half".utf8) } }
            let (unit, _) = try await bench.submit()
            #expect(try await bench.workceptor.cancel(unit) == .done)
            #expect(unit.status.state == .canceled && unit.status.detail == "Canceled")
            #expect(unit.status.extraData["LocalCancelled"] == true)
            #expect(try bench.stdout(of: unit) == "half")
        }
    }

    @Test func `breaks off the sending of a payload`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.faults = [.afterID(isNoticed: false)] }
            bench.node.with { $0.refusals["status"] = "try later" }
            let (unit, _) = try await bench.submit("never")
            _ = await unit.lifecycleRecord { $0.unitID != nil }
            bench.node.with { $0.refusals = [:] }
            #expect(try await bench.workceptor.cancel(unit) == .done)
            #expect(unit.status.state == .canceled)
            #expect(bench.node.with { $0.startedPayloads.isEmpty })
        }
    }

    @Test func `is pending while there is no route, and done when there is one`() async throws {
        try await Bench.with(timings: patient) { bench in
            bench.node.with { $0.onStart = { _ in } }
            let (unit, _) = try await bench.submit()
            bench.mesh.setRoute(false)
            #expect(try await bench.workceptor.cancel(unit) == .pending)
            #expect(try await bench.workceptor.cancel(unit) == .pending)
            #expect(try bench.onDisk(unit).extraData["LocalCancelled"] == true)
            bench.mesh.setRoute(true)
            #expect(await bench.end(of: unit).state == .canceled)
        }
    }

    @Test func `is remembered across a restart`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { _ in } }
            let (unit, _) = try await bench.submit()
            bench.mesh.setRoute(false)
            #expect(try await bench.workceptor.cancel(unit) == .pending)
            let later = try await bench.restarted()
            #expect(await later.end(of: try later.unit(unit)).state == .canceled)
        }
    }
}

@Suite struct `A release request for remote work` {
    @Test(arguments: [true, false])
    func `deletes the unit there and here`(isComplete: Bool) async throws {
        try await Bench.with { bench in
            if !isComplete { bench.node.with { $0.onStart = { _ in } } }
            let (unit, _) = try await bench.submit()
            if isComplete { _ = await bench.end(of: unit) }
            #expect(try await bench.workceptor.release(unit) == .done)
            #expect(bench.node.with { $0.units.isEmpty })
            #expect(bench.workceptor.units.isEmpty && !Files.exists(unit.directory))
        }
    }

    @Test func `needs nobody for a unit that no node has heard of`() async throws {
        try await Bench.with(hasRoute: false, timings: patient) { bench in
            let (unit, _) = try await bench.submit()
            #expect(try await bench.workceptor.release(unit) == .done)
            let waiting = try await bench.admit().unit
            #expect(try await bench.workceptor.release(waiting) == .done)
            #expect(try Files.names(in: "\(bench.directory)/foo") == [])
        }
    }

    @Test func `counts as done when the other node does not know the unit`() async throws {
        try await Bench.with { bench in
            let (unit, _) = try await bench.submit()
            _ = await bench.end(of: unit)
            bench.node.with { $0.units = [:] }
            #expect(try await bench.workceptor.release(unit) == .done)
        }
    }

    @Test(arguments: [true, false])
    func `is pending while there is no route, and done when there is one`(isComplete: Bool) async throws {
        try await Bench.with(timings: patient) { bench in
            if !isComplete { bench.node.with { $0.onStart = { _ in } } }
            let (unit, _) = try await bench.submit()
            if isComplete { _ = await bench.end(of: unit) }
            bench.mesh.setRoute(false)
            #expect(try await bench.workceptor.release(unit) == .pending)
            #expect(try await bench.workceptor.release(unit) == .pending)
            #expect(try bench.onDisk(unit).extraData["LocalReleased"] == true)
            #expect(bench.workceptor.units.count == 1)
            bench.mesh.setRoute(true)
            await bench.untilGone(unit)
            #expect(bench.node.with { $0.units.isEmpty })
        }
    }

    @Test(arguments: [true, false])
    func `is remembered across a restart`(isComplete: Bool) async throws {
        try await Bench.with { bench in
            if !isComplete { bench.node.with { $0.onStart = { _ in } } }
            let (unit, _) = try await bench.submit()
            if isComplete { _ = await bench.end(of: unit) }
            bench.mesh.setRoute(false)
            #expect(try await bench.workceptor.release(unit) == .pending)
            let later = try await bench.restarted(hasRoute: false)
            let found = try later.unit(unit)
            later.mesh.setRoute(true)
            await later.untilGone(found)
            #expect(bench.node.with { $0.units.isEmpty })
        }
    }

    @Test func `that the other node refuses is pending`() async throws {
        try await Bench.with { bench in
            let (unit, _) = try await bench.submit()
            _ = await bench.end(of: unit)
            bench.node.with { $0.refusals["release"] = "not now" }
            #expect(try await bench.workceptor.release(unit) == .pending)
            bench.node.with { $0.refusals = [:] }
            await bench.untilGone(unit)
        }
    }

    @Test(arguments: [true, false])
    func `that is forced deletes the files here in any case`(hasRoute: Bool) async throws {
        try await Bench.with(timings: patient) { bench in
            bench.node.with { $0.onStart = { _ in } }
            let (unit, _) = try await bench.submit()
            bench.mesh.setRoute(hasRoute)
            #expect(try await bench.workceptor.release(unit, isForced: true) == .done)
            #expect(!Files.exists(unit.directory) && bench.workceptor.units.isEmpty)
            #expect(bench.node.with { $0.units.isEmpty } == hasRoute)
        }
    }

    @Test func `that is forced does not wait for a node that does not answer`() async throws {
        var timings = patient
        timings.client = .milliseconds(100)
        try await Bench.with(timings: timings) { bench in
            let (unit, _) = try await bench.submit()
            _ = await bench.end(of: unit)
            await bench.mesh.until { bench.mesh.openCount == 0 }
            bench.mesh.beSilent(true)
            #expect(try await bench.workceptor.release(unit) == .pending)
            #expect(try await bench.workceptor.release(unit, isForced: true) == .done)
            #expect(!Files.exists(unit.directory))
        }
    }
}

@Suite struct `Remote work` {
    @Test func `leaves nothing open behind`() async throws {
        try await Bench.with { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let (unit, _) = try await bench.submit("\(number)")
                        #expect(await bench.end(of: unit).state == .succeeded)
                        #expect(try bench.stdout(of: unit) == "\(number)")
                        #expect(try await bench.workceptor.release(unit) == .done)
                    }
                }
                try await group.waitForAll()
            }
            // The shared connection too, when nobody has a question any more.
            await bench.mesh.until { bench.mesh.openCount == 0 }
            #expect(bench.node.with { $0.units.isEmpty } && bench.workceptor.units.isEmpty)
        }
    }
}
