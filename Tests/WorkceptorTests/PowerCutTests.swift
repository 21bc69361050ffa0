import DiskSimulation
import Glibc
import JSON
import LinuxSystem
import Logging
import TestSupport
import Testing

@testable import Workceptor

/// What clients do while the power is cut.
enum Scenario: CaseIterable {
    case run, cancelReceiving, cancelStarting, cancelRunning, releaseEnded, releaseRunning, releaseReceiving
    case twoRuns, runAndRelease, cancelAndRelease, twoCancels

    var isEndless: Bool {
        switch self {
        case .cancelRunning, .releaseRunning, .cancelAndRelease, .twoCancels: true
        case .run, .cancelReceiving, .cancelStarting, .releaseEnded, .releaseReceiving, .twoRuns, .runAndRelease: false
        }
    }

    func play(_ client: Client) async throws {
        switch self {
        case .run: await client.watch(try await client.submit())
        case .cancelReceiving: try await client.cancel(try await client.admit().unit)
        case .cancelStarting:
            let intake = try await client.admit()
            async let started: Void? = try? client.start(intake)
            try await client.cancel(intake.unit)
            await started
        case .cancelRunning: try await client.cancel(try await client.submit())
        case .releaseEnded:
            let unit = try await client.submit()
            await client.watch(unit)
            try await client.release(unit)
        case .releaseRunning: try await client.release(try await client.submit())
        case .releaseReceiving: try await client.release(try await client.admit().unit)
        case .twoRuns:
            async let first: Void = client.watch(try client.submit())
            async let second: Void = client.watch(try client.submit())
            _ = try await (first, second)
        case .runAndRelease:
            let unit = try await client.submit()
            async let other: Void = client.watch(try client.submit())
            async let released: Void = client.release(unit)
            _ = try await (other, released)
        case .cancelAndRelease:
            let unit = try await client.submit()
            async let cancelled: Void = client.cancel(unit)
            async let released: Void = client.release(unit)
            _ = try await (cancelled, released)
        case .twoCancels:
            let unit = try await client.submit()
            async let first: Void = client.cancel(unit)
            async let second: Void = client.cancel(unit)
            _ = try await (first, second)
        }
    }
}

/// One node on a simulated disk, in one life after another.
private struct SimulatedNode {
    let disk = SimulatedDisk()
    let work: LedgerWork
    private let environment: WorkEnvironment
    private let registry: WorkTypeRegistry

    init(isEndless: Bool, durability: Durability = .full) throws {
        work = LedgerWork(disk: disk, isEndless: isEndless)
        environment = try WorkEnvironment(nodeID: "foo", durability: durability, fileSystem: disk)
        registry = try WorkTypeRegistry(
            [.init(name: "ledger", plugin: "ledger", policy: WorkPolicy(), settings: NoSettings())],
            plugins: [LedgerPlugin(work: work)]
        )
    }

    func workceptor() throws -> Workceptor {
        try Workceptor(
            environment: environment,
            dataDirectory: "/",
            registry: registry,
            verifier: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Plays a scenario on an empty disk until it ends or the power is cut.
    func play(_ scenario: Scenario, crashAt step: Int?) async throws -> Client? {
        disk.reset()
        if let step { disk.crash(at: step) }
        let workceptor: Workceptor
        // A node that the power cut meets at its start takes no client.
        do { workceptor = try self.workceptor() } catch { return nil }
        do { try await workceptor.recover() } catch {
            await workceptor.shutDown()
            return nil
        }
        let client = Client(workceptor)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await scenario.play(client) }
            group.addTask { await self.disk.untilCrashed() }
            await group.next()
            group.cancelAll()
        }
        await workceptor.shutDown()
        return client
    }

    /// Plays a scenario on an empty disk that refuses one call, if there are as many.
    ///
    /// - Returns: also whether there are fewer.
    func play(
        _ scenario: Scenario,
        refusing step: Int,
        with code: Int32
    ) async throws -> (workceptor: Workceptor, client: Client, isOver: Bool) {
        disk.reset()
        let workceptor = try workceptor()
        try await workceptor.recover()
        let last = disk.steps + step
        disk.fail(at: last, with: code)
        let client = Client(workceptor)
        // The error is the client's answer; what counts is what it was told before, and what is there afterwards.
        do { try await scenario.play(client) } catch {}
        defer { disk.endFaults() }
        return (workceptor, client, disk.steps < last)
    }

    /// Starts the node on what a power cut left, and finds what is not as it must be.
    func check(_ client: Client?, _ image: SimulatedDisk.Image, _ choices: [Int]) async throws -> String? {
        disk.load(image, choices)
        let workceptor = try workceptor()
        try await workceptor.recover()
        defer { for unit in workceptor.units { unit.interrupt() } }
        for unit in workceptor.units where !unit.isReleased {
            _ = await unit.state { $0.machine.state.isComplete || $0.machine.isRemoved ? true : nil }
        }
        for (id, told) in client?.all ?? [:] {
            if let wrong = await check(id, told, workceptor) { return "\(wrong): told \(told), chosen \(choices)" }
        }
        await workceptor.shutDown()
        return nil
    }

    private func check(_ id: UnitID, _ told: Client.Told, _ workceptor: Workceptor) async -> String? {
        let entry = work[id]
        if entry.runs > 1 { return "it ran \(entry.runs) times" }
        if entry.runs == 1, entry.payload != Client.payload { return "it ran on \(entry.payload.count) bytes" }
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
        return nil
    }
}

private struct NoSettings: SettingsSource {
    var position: SourcePosition? { nil }

    func settings<Settings: WorkTypeSettings>(_ type: Settings.Type) throws(ConfigurationProblems) -> Settings {
        guard let settings = LedgerPlugin.Settings() as? Settings else { throw ConfigurationProblems([]) }
        return settings
    }
}

@Suite(.timeLimit(.minutes(20)), .serialized) struct `After a power cut at any step` {
    /// How many outcomes of one power cut are tried: all of them, if there are not more.
    private static let limit = Faults.isFull ? 4096 : 4
    /// Every how many-th step is tried.
    private static let stride = Faults.isFull ? 1 : 3

    @Test(arguments: Scenario.allCases)
    func `no accepted unit is missing, none runs twice, and no end is taken back`(scenario: Scenario) async throws {
        let node = try SimulatedNode(isEndless: scenario.isEndless)
        var generator = SeededGenerator(seed: 11)
        var step = 1
        var outcomes = 0
        while true {
            let client = try await node.play(scenario, crashAt: step)
            let hasCrashed = node.disk.hasCrashed
            let image = node.disk.image
            for choices in Self.outcomes(of: image.choices, &generator) {
                outcomes += 1
                guard let wrong = try await node.check(client, image, choices) else { continue }
                Issue.record("\(scenario), power cut at step \(step): \(wrong)")
                return
            }
            guard hasCrashed else { break }
            step += Self.stride
        }
        print("\(scenario): \(step) steps, \(outcomes) outcomes of power cuts")
    }

    @Test func `units are lost that nobody brought to the disk, and the check finds it`() async throws {
        let node = try SimulatedNode(isEndless: false, durability: .relaxed)
        var generator = SeededGenerator(seed: 11)
        var found: Set<String> = []
        var step = 1
        var hasCrashed = true
        while hasCrashed {
            let client = try await node.play(.run, crashAt: step)
            hasCrashed = node.disk.hasCrashed
            let image = node.disk.image
            for choices in Self.outcomes(of: image.choices, limit: 64, &generator) {
                if let wrong = try await node.check(client, image, choices) {
                    found.insert(String(wrong.prefix { $0 != ":" }))
                }
            }
            step += 1
        }
        #expect(found.contains("an accepted unit is missing"))
        #expect(found.contains { $0.hasPrefix("the end was Succeeded") })
    }

    /// All combinations, or as many random ones as are tried, with the extremes among them.
    private static func outcomes(
        of choices: [SimulatedDisk.Choice],
        limit: Int = limit,
        _ generator: inout SeededGenerator
    ) -> [[Int]] {
        var total = 1
        for choice in choices where total <= limit { total *= choice.count }
        if total <= limit {
            return (0..<total).map { number in
                var rest = number
                return choices.map { choice in
                    defer { rest /= choice.count }
                    return rest % choice.count
                }
            }
        }
        let extremes = [choices.map { _ in 0 }, choices.map { _ in 1 }]
        return extremes
            + (2..<limit).map { _ in choices.map { Int.random(in: 0..<$0.count, using: &generator) } }
    }
}

@Suite(.timeLimit(.minutes(5)), .serialized) struct `A disk that refuses one call` {
    private static let codes = Faults.isFull ? [EIO, ENOSPC, EMFILE, ENOMEM] : [ENOSPC]
    private static let stride = Faults.isFull ? 1 : 3

    @Test(arguments: Scenario.allCases, codes)
    func `is heard of by the client, and the node goes on`(scenario: Scenario, code: Int32) async throws {
        let node = try SimulatedNode(isEndless: scenario.isEndless)
        var step = 1
        while true {
            let (workceptor, client, isOver) = try await node.play(scenario, refusing: step, with: code)
            // Works again afterwards, and keeps what it told of.
            let later = Client(workceptor)
            let unit = try await later.submit()
            if scenario.isEndless { try await later.cancel(unit) }
            await later.watch(unit)
            #expect(later.all[unit.id]?.end == (scenario.isEndless ? .canceled : .succeeded), "step \(step)")
            for (id, told) in client.all {
                #expect(node.work[id].runs <= 1, "step \(step)")
                let state = (try? workceptor.unit("\(id)"))?.knownStatus.state
                if let end = told.end, !told.isReleased { #expect(state == nil || state == end, "step \(step)") }
                if told.isAccepted, !told.wantsRelease { #expect(state != nil, "step \(step)") }
            }
            await workceptor.shutDown()
            if isOver { break }
            step += Self.stride
        }
    }

    @Test func `has a unit fail whose output it lost, and says so`() async throws {
        let node = try SimulatedNode(isEndless: false)
        let loss = "exit status 0 (the output does not get to the disk: cannot bring a file to the disk: "
        var details: Set<String> = []
        // The calls come in one order today and in another tomorrow, so that going through them once may miss the one.
        for _ in 0..<20 where !details.contains(where: { $0.hasPrefix(loss) }) {
            for step in 1... {
                let (workceptor, _, isOver) = try await node.play(.run, refusing: step, with: EIO)
                for unit in workceptor.units { details.insert(unit.knownStatus.detail) }
                await workceptor.shutDown()
                if isOver { break }
            }
        }
        #expect(details.contains { $0.hasPrefix(loss) }, "\(details)")
    }

    @Test(arguments: [EMFILE, ENOMEM])
    func `at the start does not lead to a lost or an ended unit`(code: Int32) async throws {
        let node = try SimulatedNode(isEndless: false)
        let first = try node.workceptor()
        try await first.recover()
        let client = Client(first)
        let unit = try await client.submit()
        await client.watch(unit)
        await first.shutDown()
        let image = node.disk.image
        var hasRefused = false
        for step in 1... {
            node.disk.load(image, image.choices.map { _ in 0 })
            let begin = node.disk.steps
            node.disk.fail(at: begin + step, with: code)
            guard let workceptor = try? node.workceptor() else { continue }
            do { try await workceptor.recover() } catch {
                hasRefused = true
                await workceptor.shutDown()
                continue
            }
            let isOver = node.disk.steps < begin + step
            let found = try #require(try? workceptor.unit("\(unit.id)"), "step \(step)")
            #expect(found.knownStatus.state == .succeeded, "step \(step)")
            #expect(found.read { $0.admission } == unit.read { $0.admission }, "step \(step)")
            await workceptor.shutDown()
            if isOver { break }
        }
        #expect(hasRefused)
    }
}
