import DiskSimulation
import Glibc
import LinuxSystem
import Logging
import Synchronization
import TestSupport
import Testing

@testable import RemotePlugin
@testable import Workceptor

/// What clients do with remote work while the power is cut.
enum RemoteScenario: CaseIterable {
    case run, runAway, runBroken, cancelRunning, cancelReceiving, releaseEnded, releaseRunning, twoRuns,
        cancelAndRelease

    var isEndless: Bool { [.cancelRunning, .releaseRunning, .cancelAndRelease].contains(self) }

    func play(_ client: RemoteClient) async throws {
        switch self {
        case .run, .runBroken: await client.watch(try await client.submit())
        case .runAway:
            client.mesh.setRoute(false)
            let unit = try await client.submit()
            client.mesh.setRoute(true)
            await client.watch(unit)
        case .cancelRunning: try await client.cancel(try await client.submit())
        case .cancelReceiving: try await client.cancel(try await client.admit().unit)
        case .releaseEnded:
            let unit = try await client.submit()
            await client.watch(unit)
            try await client.release(unit)
        case .releaseRunning: try await client.release(try await client.submit())
        case .twoRuns:
            async let first: Void = client.watch(try client.submit())
            async let second: Void = client.watch(try client.submit())
            _ = try await (first, second)
        case .cancelAndRelease:
            let unit = try await client.submit()
            async let cancelled: Void = client.cancel(unit)
            async let released: Void = client.release(unit)
            _ = try await (cancelled, released)
        }
    }
}

/// A client that remembers what it was told.
final class RemoteClient: Sendable {
    struct Told: Sendable, Hashable {
        var payload = ""
        var isAccepted = false
        var end: UnitState?
        var isCancelled = false
        var wantsRelease = false
        var isReleased = false
        var isReleasePending = false
    }

    let workceptor: Workceptor
    let mesh: FakeMesh
    private let told = Mutex<[UnitID: Told]>([:])

    init(_ workceptor: Workceptor, _ mesh: FakeMesh) {
        self.workceptor = workceptor
        self.mesh = mesh
    }

    var all: [UnitID: Told] { told.withLock { $0 } }

    private func note(_ unit: WorkUnit, _ change: (inout Told) -> Void) {
        told.withLock { change(&$0[unit.id, default: Told()]) }
    }

    func admit() async throws -> UnitIntake {
        let intake = try await workceptor.admit(Bench.request(), from: Principal(.unixSocket(nil)))
        let payload = "the whole payload of \(intake.unit.id)"
        note(intake.unit) { $0.payload = payload }
        try await intake.append(Array(payload.utf8.prefix(5)))
        try await intake.append(Array(payload.utf8.dropFirst(5)))
        return intake
    }

    func submit() async throws -> WorkUnit {
        let intake = try await admit()
        _ = try await intake.start()
        note(intake.unit) { $0.isAccepted = true }
        return intake.unit
    }

    func watch(_ unit: WorkUnit) async {
        let status = await unit.status { $0.state.isComplete }
        if status.state.isComplete { note(unit) { $0.end = status.state } }
    }

    func cancel(_ unit: WorkUnit) async throws {
        guard try await workceptor.cancel(unit) == .done else { return }
        note(unit) { $0.isCancelled = unit.knownStatus.state == .canceled }
        await watch(unit)
    }

    func release(_ unit: WorkUnit) async throws {
        note(unit) { $0.wantsRelease = true }
        switch try await workceptor.release(unit) {
        case .done: note(unit) { $0.isReleased = true }
        case .pending: note(unit) { $0.isReleasePending = true }
        }
    }
}

/// A node with remote work on a simulated disk, in one life after another, and the other node, which keeps its power.
private struct SimulatedRemoteWork {
    let disk = SimulatedDisk()
    /// Before and after the machine was started again.
    private let environments: [WorkEnvironment]

    init(durability: Durability = .full) throws {
        environments = try ["first", "second"].map { [disk] bootID in
            try WorkEnvironment(nodeID: "foo", durability: durability, fileSystem: disk, bootID: bootID)
        }
    }

    func workceptor(_ mesh: FakeMesh, isLater: Bool = false) async throws -> Workceptor {
        let workceptor = try Workceptor(
            environment: environments[isLater ? 1 : 0],
            dataDirectory: "/",
            registry: WorkTypeRegistry(plugins: []),
            verifier: nil,
            remote: RemoteWorkType(mesh: mesh, signer: nil, timings: Bench.quick),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await workceptor.recover()
        return workceptor
    }

    static func otherNode(_ scenario: RemoteScenario) -> FakeNode {
        let node = FakeNode()
        if scenario.isEndless { node.with { $0.onStart = { $0.stdout = $0.payload } } }
        if scenario == .runBroken {
            node.with { node in
                node.faults = [.afterID(isNoticed: true), .beforeReply]
                node.outputBreaks = [3]
            }
        }
        return node
    }

    /// Plays a scenario on an empty disk until it ends or the power is cut.
    func play(_ scenario: RemoteScenario, _ node: FakeNode, crashAt step: Int?) async -> RemoteClient? {
        disk.reset()
        if let step { disk.crash(at: step) }
        let mesh = FakeMesh(node)
        guard let workceptor = try? await workceptor(mesh) else { return nil }
        let client = RemoteClient(workceptor, mesh)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await scenario.play(client) }
            group.addTask { await self.disk.untilCrashed() }
            await group.next()
            group.cancelAll()
        }
        mesh.setRoute(false)
        await workceptor.shutDown()
        await node.untilAlone()
        return client
    }

    /// Starts the node on what a power cut left, and finds what is not as it must be.
    func check(
        _ client: RemoteClient?,
        _ node: FakeNode,
        _ image: SimulatedDisk.Image,
        _ choices: [Int]
    ) async throws -> String? {
        disk.load(image, choices)
        let workceptor = try await workceptor(FakeMesh(node), isLater: true)
        for unit in workceptor.units where !unit.isReleased {
            _ = await unit.state { $0.machine.state.isComplete || $0.machine.isRemoved ? true : nil }
        }
        for (id, told) in client?.all ?? [:] {
            if let wrong = await check(id, told, node, workceptor) {
                return "\(wrong): told \(told), chosen \(choices)"
            }
        }
        await workceptor.shutDown()
        return nil
    }

    private func check(
        _ id: UnitID,
        _ told: RemoteClient.Told,
        _ node: FakeNode,
        _ workceptor: Workceptor
    ) async -> String? {
        let started = node.with { $0.startedPayloads }.filter { told.payload.hasPrefix($0) || $0.hasSuffix("\(id)") }
        if started.count > 1 { return "it was started \(started.count) times" }
        if let payload = started.first, payload != told.payload { return "it was started with '\(payload)'" }
        guard let unit = try? workceptor.unit("\(id)") else {
            return told.isAccepted && !told.wantsRelease ? "an accepted unit is missing" : nil
        }
        if told.isReleased { return "a released unit is there" }
        if told.isReleasePending {
            // It goes by itself.
            _ = await unit.state { $0.machine.files == .gone ? true : nil }
            return nil
        }
        let status = unit.knownStatus
        if let end = told.end, status.state != end { return "the end was \(end.name), and is \(status.state.name)" }
        if told.isCancelled, status.state != .canceled { return "a cancelled unit is \(status.state.name)" }
        if told.isAccepted, status.detail.contains("before the payload") { return "the payload is lost" }
        // A release that was asked for may be under way again.
        guard status.state == .succeeded, !told.wantsRelease else {
            return told.isAccepted && status.state == .failed && !told.wantsRelease
                ? "it failed: \(status.detail)" : nil
        }
        let output = (try? unit.openOutput()).flatMap { try? $0.read(upTo: 1000) } ?? []
        return output == Array(told.payload.utf8) && status.stdoutSize == Int64(output.count)
            ? nil : "the output is '\(String(decoding: output, as: UTF8.self))', of \(status.stdoutSize) bytes"
    }
}

@Suite(.timeLimit(.minutes(20)), .serialized) struct `After a power cut at any step of remote work` {
    /// How many outcomes of one power cut are tried: all of them, if there are not more.
    private static let limit = Faults.isFull ? 512 : 6
    /// Every how many-th step is tried.
    private static let stride = Faults.isFull ? 1 : 7

    @Test(arguments: RemoteScenario.allCases)
    func `no unit is missing or started twice, none runs on half a payload, and the output is whole`(
        scenario: RemoteScenario
    ) async throws {
        let (found, steps, outcomes) = try await Self.wrongs(of: scenario, .full, stopsAtFirst: true)
        #expect(found.isEmpty)
        print("remote \(scenario): \(steps) steps, \(outcomes) outcomes of power cuts")
    }

    @Test func `what nobody brought to the disk is lost, and the check finds it`() async throws {
        let found = try await Self.wrongs(of: .run, .relaxed, stopsAtFirst: false, limit: 64).found
        #expect(found.contains { $0.contains("an accepted unit is missing") })
        #expect(found.contains { $0.contains("the output is") || $0.contains("the end was Succeeded") })
    }

    private static func wrongs(
        of scenario: RemoteScenario,
        _ durability: Durability,
        stopsAtFirst: Bool,
        limit: Int = limit
    ) async throws -> (found: [String], steps: Int, outcomes: Int) {
        let work = try SimulatedRemoteWork(durability: durability)
        var generator = SeededGenerator(seed: 11)
        var (found, step, outcomes, hasCrashed) = ([String](), 0, 0, true)
        while hasCrashed {
            step += durability == .full ? Self.stride : 1
            let node = SimulatedRemoteWork.otherNode(scenario)
            let client = await work.play(scenario, node, crashAt: step)
            hasCrashed = work.disk.hasCrashed
            let image = work.disk.image
            // What runs there goes on to its end while this node is without power.
            node.with { state in
                state.faults = []
                state.onStart = FakeNode.ending
                for (id, unit) in state.units where unit.state == .running {
                    state.units[id]?.state = .succeeded
                    state.units[id]?.detail = "exit status 0"
                    state.units[id]?.stdout = unit.payload
                }
            }
            let before = node.with { $0 }
            for choices in Self.outcomes(of: image.choices, limit: limit, &generator) {
                outcomes += 1
                // Each outcome finds the other node as the power cut did.
                node.with { $0 = before }
                guard let wrong = try await work.check(client, node, image, choices) else { continue }
                found.append("\(scenario), power cut at step \(step): \(wrong)")
                if stopsAtFirst { return (found, step, outcomes) }
            }
        }
        return (found, step, outcomes)
    }

    /// All combinations, or as many random ones as are tried, with the extremes among them.
    private static func outcomes(
        of choices: [SimulatedDisk.Choice],
        limit: Int,
        _ generator: inout SeededGenerator
    ) -> [[Int]] {
        var total = 1
        for choice in choices where total <= limit { total *= choice.count }
        guard total > limit else {
            return (0..<total).map { number in
                var rest = number
                return choices.map { choice in
                    defer { rest /= choice.count }
                    return rest % choice.count
                }
            }
        }
        return [choices.map { _ in 0 }, choices.map { _ in 1 }]
            + (2..<limit).map { _ in choices.map { Int.random(in: 0..<$0.count, using: &generator) } }
    }
}

@Suite(.timeLimit(.minutes(5)), .serialized) struct `A disk that refuses one call of remote work` {
    private static let stride = Faults.isFull ? 1 : 7
    private static let codes = [EIO, ENOSPC, EMFILE, ENOMEM]

    @Test(arguments: RemoteScenario.allCases, Faults.isFull ? Array(codes.indices) : [0])
    func `is heard of by the client, and the node goes on`(scenario: RemoteScenario, variant: Int) async throws {
        let work = try SimulatedRemoteWork()
        var (step, isOver) = (0, false)
        while !isOver {
            step += Self.stride
            let code = Self.codes[(variant + step) % Self.codes.count]
            work.disk.reset()
            let node = SimulatedRemoteWork.otherNode(scenario)
            let mesh = FakeMesh(node)
            let workceptor = try await work.workceptor(mesh)
            let first = work.disk.steps
            work.disk.fail(at: first + step, with: code)
            let client = RemoteClient(workceptor, mesh)
            try? await scenario.play(client)
            mesh.setRoute(true)
            isOver = work.disk.steps < first + step
            work.disk.endFaults()
            // Works again afterwards, and keeps what it told of.
            node.with { state in
                state.faults = []
                state.onStart = FakeNode.ending
            }
            let later = RemoteClient(workceptor, mesh)
            let unit = try await later.submit()
            await later.watch(unit)
            #expect(later.all[unit.id]?.end == .succeeded, "step \(step)")
            for (id, told) in client.all {
                #expect(node.with { $0.startedPayloads }.count { $0 == told.payload } <= 1, "step \(step)")
                let state = (try? workceptor.unit("\(id)"))?.knownStatus.state
                if let end = told.end, !told.isReleased { #expect(state == nil || state == end, "step \(step)") }
                if told.isAccepted, !told.wantsRelease { #expect(state != nil, "step \(step)") }
            }
            await workceptor.shutDown()
        }
    }
}
