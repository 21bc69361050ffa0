internal import Glibc
internal import JSON
internal import LinuxSystem
internal import Logging
internal import RunnerProtocol
internal import ShownText
internal import Synchronization
internal import TaskSupport
internal import TimeFormats
internal import Workceptor

/// Runs an executable for each unit (work-units §3).
///
/// The daemon has a runner begin and lets go of it: the runner starts the command, waits for it, and writes down how it
/// ended, whatever becomes of the daemon. What the daemon holds for a running unit is one descriptor that tells of the
/// runner's end.
final class CommandWorkType: WorkType {
    private let settings: CommandSettings
    private let spawner: RunnerSpawner
    /// The runners of units that run, for cancel requests.
    private let runners = Mutex<[UnitID: Watched]>([:])

    private struct Watched {
        let runner: RunnerHandle
        /// How long the runner may take to end after a cancel request; `nil` for Receptor's own, which ends the work in
        /// its own way.
        let endingTime: Duration?
        /// Ends a runner that was asked to end the work and does not.
        var ending: Alarm?
    }

    init(settings: CommandSettings, spawner: RunnerSpawner) {
        self.settings = settings
        self.spawner = spawner
    }

    var gracePeriod: Duration { settings.gracePeriod }

    func validate(_ parameters: [String: String]) throws {
        if let other = parameters.keys.filter({ $0 != Self.parameterName }).min() {
            throw CommandError("a command takes the parameter 'params' only, not '\(other.cut(toBytes: 40))'")
        }
        if let problem = ShellWords.problem(parameters[Self.parameterName] ?? "", named: Self.parameterName) {
            throw CommandError(problem)
        }
    }

    private static let parameterName = "params"

    func extraData(for parameters: [String: String]) -> JSONValue {
        Self.extraData(pid: 0, allParameters(with: parameters))
    }

    private static func extraData(pid: Int32, _ parameters: String) -> JSONValue {
        ["Pid": .integer(Int64(pid)), "Params": .string(parameters)]
    }

    /// The configured parameters, then those of the client.
    private func allParameters(with parameters: [String: String]) -> String {
        [settings.params, parameters[Self.parameterName] ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }

    // MARK: Start

    func run(_ unit: WorkUnit) async throws -> UnitOutcome {
        let parameters = allParameters(with: unit.parameters)
        let arguments = [settings.command] + (ShellWords.split(parameters) ?? [])
        let order = RunnerOrder(
            directory: unit.directory,
            arguments: arguments,
            graceMilliseconds: Int(settings.gracePeriod.clampedMilliseconds),
            openFilesLimit: unit.environment.openFilesLimit,
            isDurable: unit.environment.durability == .full,
            endsAll: settings.killMode == .unit
        )
        defer { forget(unit) }
        for _ in 0..<Self.mostOrders {
            switch try await carryOut(order, for: unit) {
            case .began(let report, let pid, let runner):
                try await remember(.began(runner), graceMilliseconds: order.graceMilliseconds, for: unit)
                await unit.running(
                    detail: "Running: PID \(pid)",
                    extraData: Self.extraData(pid: pid, parameters),
                    keepsOwnRecord: true
                )
                // There is no second line: readable now means that the runner's end of the pipe is closed.
                try await untilReadable(report, for: unit)
                return try await outcome(of: unit, program: settings.command)
            case .ended: return try await outcome(of: unit, program: settings.command)
            case .refused(let code): return .failed("cannot start a runner: \(SystemError.reason(code))")
            case .unanswered:
                return Self.outcome(
                    ofUnstarted: unit,
                    "No runner began within \(Self.patienceWithSpawner.wholeSeconds) s"
                )
            case .lost: continue
            }
        }
        return Self.outcome(
            ofUnstarted: unit,
            "The processes that start runners died \(Self.mostOrders) times before one could begin"
        )
    }

    /// How a unit ends that no runner will begin with: as it was asked to, or for this reason.
    private static func outcome(ofUnstarted unit: WorkUnit, _ reason: String) -> UnitOutcome {
        unit.isCancelRequested ? .canceled() : .failed(reason)
    }

    /// What came of an order to begin with a unit.
    private enum OrderResult {
        /// A runner began; the report ends when the runner does.
        case began(report: Descriptor, pid: Int32, runner: ProcessStamp)
        /// A runner had the order, and is gone without a report.
        case ended
        /// No process could be had, by this `errno`.
        case refused(Int32)
        /// No runner will begin: none did in time, or the unit is to end.
        case unanswered
        /// Nobody had it, and nobody ever will.
        case lost
    }

    private func carryOut(_ order: RunnerOrder, for unit: WorkUnit) async throws -> OrderResult {
        guard let (report, socket, isAnswered) = try await give(order, for: unit) else { return .unanswered }
        if !isAnswered {
            // From here on nobody begins who has not begun.
            guard let runner = try await claim(unit)?.runner else {
                if !unit.isCancelRequested {
                    unit.logger.error("the process that starts runners does not answer; another takes over")
                    spawner.replace(socket)
                }
                return .unanswered
            }
            // Whoever cancels has somebody to signal.
            try await remember(.began(runner), graceMilliseconds: order.graceMilliseconds, for: unit)
            try await untilReadable(report, for: unit)
        }
        let line = String(decoding: try report.read(upTo: 256), as: UTF8.self)
        if let (pid, runner) = Self.started(line) { return .began(report: report, pid: pid, runner: runner) }
        if let code = Self.refusal(line) { return .refused(code) }
        // Nobody holds the other end of the report any more, and so nobody has the order.
        let isClaimed = await unit.environment.disk.run(for: unit.id) { UnitClaim.exists(unit.directory) }
        return isClaimed ? .ended : .lost
    }

    /// So often is an order given that nobody carries out.
    private static let mostOrders = 3
    private static let patienceWithSpawner = Duration.seconds(30)
    /// How often is looked whether a unit is to end of which nothing is heard.
    private static let lookInterval = Duration.seconds(1)

    /// Gives an order, and waits for what comes of it: for as long as a spawner may take, or until the unit is to end.
    ///
    /// - Returns: `nil` when the unit is to end before the order's turn has come.
    private func give(
        _ order: RunnerOrder,
        for unit: WorkUnit
    ) async throws -> (report: Descriptor, socket: Descriptor, isAnswered: Bool)? {
        try await spawner.orders.lock()
        defer { spawner.orders.unlock() }
        guard !unit.isCancelRequested else { return nil }
        let (report, socket) = try await unit.environment.disk.run(for: unit.id) { [spawner] () throws(SystemError) in
            try spawner.begin(order)
        }
        let deadline = ContinuousClock.now + Self.patienceWithSpawner
        while case let left = deadline - .now, left > .zero {
            if try await isReadable(report, within: min(left, Self.lookInterval), for: unit) {
                return (report, socket, true)
            }
            if unit.isCancelRequested { break }
        }
        return (report, socket, false)
    }

    /// The command's process and its runner, from the line that tells of them.
    private static func started(_ line: String) -> (pid: Int32, runner: ProcessStamp)? {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count == 4, words[0] == "started", let pid = Int32(words[1]), let runner = Int32(words[2]),
            let startTime = UInt64(words[3])
        else { return nil }
        return (pid, ProcessStamp(pid: runner, startTime: startTime))
    }

    /// The `errno` with which the runner or its spawner refused to begin; nothing was started then.
    private static func refusal(_ line: String) -> Int32? {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count == 2, words[0] == "refused" else { return nil }
        return Int32(words[1])
    }

    // MARK: Restart

    func recover(_ unit: WorkUnit) async throws -> UnitOutcome {
        let bootID = unit.environment.bootID
        guard let record = try await claim(unit), let owner = record.runner else {
            let supervisor = try await persistently(for: unit) { () throws(SystemError) in
                try ReceptorSupervisor(of: unit)
            }
            if let supervisor { return try await follow(supervisor, unit) }
            return Self.outcome(ofUnstarted: unit, "The node stopped before the work was started")
        }
        if record.end != nil { return Self.outcome(record, program: settings.command) }
        guard bootID.isEmpty || record.bootID == bootID else {
            return .failed("The machine was restarted while the work ran")
        }
        guard !record.isCopied else {
            return .failed("The unit's files are a copy, made while its work ran: that goes on where they come from")
        }
        let process = try await persistently(for: unit) { () throws(SystemError) in try Self.hold(owner) }
        guard let process else {
            return try await outcome(of: unit, program: settings.command)
        }
        defer { forget(unit) }
        let grace = record.graceMilliseconds ?? Supervision.longestGrace
        try await remember(.found(process), graceMilliseconds: grace, for: unit)
        if let command = record.command {
            await unit.running(
                detail: "Running: PID \(command.pid)",
                extraData: Self.extraData(pid: command.pid, unit.status.extraData["Params"]?.string ?? ""),
                keepsOwnRecord: true
            )
        }
        try await untilReadable(process.handle, for: unit)
        return try await outcome(of: unit, program: settings.command)
    }

    private func follow(_ supervisor: ReceptorSupervisor, _ unit: WorkUnit) async throws -> UnitOutcome {
        defer { forget(unit) }
        try await remember(.found(supervisor.process), graceMilliseconds: nil, for: unit)
        unit.logger.notice("following a unit that Receptor started", metadata: ["pid": "\(supervisor.process.pid)"])
        try await untilReadable(supervisor.process.handle, for: unit)
        return supervisor.outcome(of: unit)
    }

    // MARK: End

    /// Reads how the work of a unit ended whose runner is gone.
    private func outcome(of unit: WorkUnit, program: String) async throws -> UnitOutcome {
        let record = try await record(of: unit) { () throws(SystemError) in
            try UnitClaim.read(unit.directory)
        }
        if let record, record.end != nil { return Self.outcome(record, program: program) }
        let left = try await killAll(of: unit, record)
        unit.logger.error("the runner died", metadata: ["killed": "\(left)"])
        guard record?.runner != nil else {
            return .failed("The runner died before it could begin")
        }
        if unit.isCancelRequested {
            return .canceled("Canceled: the runner died; what was left of the work was killed")
        }
        return .failed("The runner died before the work ended; what was left of the work was killed")
    }

    /// Gives a unit up that no runner has claimed, or reads the record of the one that has.
    private func claim(_ unit: WorkUnit) async throws -> RunnerRecord? {
        let bootID = unit.environment.bootID
        return try await record(of: unit) { () throws(SystemError) in
            try UnitClaim.takeOrRead(unit.directory, bootID: bootID)
        }
    }

    /// Reads the record of a unit. Work whose record is damaged can be neither watched nor cancelled, so it ends.
    private func record(
        of unit: WorkUnit,
        _ read: @escaping @Sendable () throws(SystemError) -> RunnerRecord?
    ) async throws -> RunnerRecord? {
        do { return try await persistently(for: unit, read) } catch let error as SystemError {
            let left = try await killAll(of: unit)
            unit.logger.error("the runner's record is damaged", metadata: ["error": "\(error)", "killed": "\(left)"])
            throw CommandError("The runner's record is damaged; what was left of the work was killed: \(error)")
        }
    }

    private func killAll(of unit: WorkUnit, _ record: RunnerRecord? = nil) async throws -> Int {
        let own = record.flatMap { $0.bootID == unit.environment.bootID && !$0.isCopied ? $0 : nil }
        return try await persistently(for: unit) { () throws(SystemError) in
            try UnitProcesses.killAll(of: unit, own)
        }
    }

    // MARK: Patience

    /// Does something that concerns a unit that runs or ran, again and again while the machine is short of what it
    /// needs: the work is not to blame for it.
    private func persistently<Value: Sendable>(
        for unit: WorkUnit,
        _ work: @escaping @Sendable () throws(SystemError) -> Value
    ) async throws -> Value {
        var delay = Duration.milliseconds(50)
        while true {
            do throws(SystemError) {
                return try await unit.environment.disk.run(for: unit.id, work)
            } catch {
                guard error.isShortage else { throw error }
                unit.logger.warning("will try again", metadata: ["error": "\(error)"])
            }
            try await pause(for: delay)
            delay = min(delay * 2, .seconds(5))
        }
    }

    /// Waits until a runner reports or, with nothing more to report, ends.
    private func untilReadable(_ descriptor: Descriptor, for unit: WorkUnit) async throws {
        while try await !isReadable(descriptor, for: unit) {}
    }

    /// Whether a runner reports or ends within a time.
    private func isReadable(
        _ descriptor: Descriptor,
        within time: Duration? = nil,
        for unit: WorkUnit
    ) async throws -> Bool {
        let deadline = time.map { ContinuousClock.now + $0 }
        while true {
            let left = deadline.map { max(.zero, $0 - .now) }
            do {
                let isReadable = try await unit.environment.monitor.untilReadable(descriptor, within: left)
                try Task.checkCancellation()
                return isReadable
            } catch let error as SystemError {
                unit.logger.warning("will try again", metadata: ["error": "\(error)"])
            }
            if left == .zero { return false }
            try await pause(for: .seconds(1))
        }
    }

    private static func outcome(_ record: RunnerRecord, program: String) -> UnitOutcome {
        let full = record.diskFull ? " (no space left on the unit's disk)" : ""
        switch record.end {
        case .unstartable(let code): return .failed(CommandError.unstartable(program, code: code))
        case _ where record.cancelRequested: return .canceled()
        case .exited(0): return .succeeded("exit status 0")
        case .exited(let status): return .failed("exit status \(status)\(full)")
        case .signaled(let signal): return .failed("signal: \(SignalName.of(signal))\(full)")
        case nil: return .failed("The work has no end")
        }
    }

    // MARK: Cancel

    func cancel(_ unit: WorkUnit) async throws {
        guard let watched = runners.withLock({ $0[unit.id] }) else { return }
        // None of this waits for anything, so a client that goes away cannot leave it half done.
        guard let process = try Self.hold(watched.runner) else { return }
        try process.signal(SIGTERM)
        // One that somebody has stopped would not hear of it.
        try process.signal(SIGCONT)
        guard let time = watched.endingTime else { return }
        let alarm = Alarm(after: time) { [self] in endRunner(of: unit) }
        let isLate = runners.withLock { runners in
            guard runners[unit.id] != nil, runners[unit.id]?.ending == nil else { return true }
            runners[unit.id]?.ending = alarm
            return false
        }
        if isLate { alarm.stop() }
    }

    /// What a runner may take beyond what it means to take, to look for what it kills and to write down the end.
    private static let patienceWithRunner = Duration.seconds(5)

    /// Kills a runner that did not end the work when it was asked to. What the work left is killed as soon as the runner
    /// is gone.
    private func endRunner(of unit: WorkUnit) {
        guard let runner = runners.withLock({ $0[unit.id]?.runner }) else { return }
        unit.logger.error("the runner does not end; it is killed")
        do { try Self.hold(runner)?.signal(SIGKILL) } catch {
            unit.logger.error("cannot kill the runner", metadata: ["error": "\(error)"])
        }
    }

    /// Nothing of a unit that goes by force is left running, or a later unit could not be told from it.
    func release(_ unit: WorkUnit) async throws {
        guard !unit.status.state.isComplete else { return }
        let watched = runners.withLock { $0[unit.id] }
        if let watched, watched.endingTime == nil { return }
        let record = await runningRecord(of: unit)
        if let runner = watched?.runner ?? record?.runner.map(RunnerHandle.began) {
            try Self.hold(runner)?.signal(SIGKILL)
        }
        _ = try await killAll(of: unit, record)
    }

    /// The record of the runner that has begun with a unit, of which nothing may have been heard. If there is none, none
    /// will begin.
    private func runningRecord(of unit: WorkUnit) async -> RunnerRecord? {
        do {
            guard let record = try await claim(unit), record.end == nil, !record.isCopied else { return nil }
            return record.bootID == unit.environment.bootID ? record : nil
        } catch {
            // What was left of work whose record is damaged is killed; its files go all the same.
            return nil
        }
    }

    /// - Parameter graceMilliseconds: as of the runner's order; `nil` for Receptor's.
    private func remember(_ runner: RunnerHandle, graceMilliseconds: Int?, for unit: WorkUnit) async throws {
        let endingTime = graceMilliseconds.map {
            .milliseconds(Supervision.longestEnding(graceMilliseconds: $0)) + Self.patienceWithRunner
        }
        runners.withLock { runners in
            guard runners[unit.id] == nil else { return }
            runners[unit.id] = Watched(runner: runner, endingTime: endingTime)
        }
        // A request that came before there was anything to signal.
        guard unit.isCancelRequested else { return }
        do {
            try await cancel(unit)
        } catch {
            // The work goes on, and so must the watch over it.
            unit.logger.error("cannot cancel the unit", metadata: ["error": "\(error)"])
        }
    }

    private func forget(_ unit: WorkUnit) { runners.withLock { $0.removeValue(forKey: unit.id) }?.ending?.stop() }

    private static func hold(_ runner: RunnerHandle) throws(SystemError) -> ChildProcess? {
        switch runner {
        case .began(let stamp): try hold(stamp)
        case .found(let process): process
        }
    }

    /// Takes hold of the process that was stamped; `nil` when it is gone, whoever has its number now.
    private static func hold(_ stamp: ProcessStamp) throws(SystemError) -> ChildProcess? {
        // First hold of the number, then proof that it still is the runner's: it cannot change hands in between.
        guard let process = try ChildProcess.find(stamp.pid) else { return nil }
        do throws(SystemError) {
            let entry = ProcessTable.parse(try Files.read("/proc/\(stamp.pid)/stat", limit: 4096))
            return entry?.startTime == stamp.startTime && entry?.isZombie == false ? process : nil
        } catch {
            guard error.isNoProcess else { throw error }
            return nil
        }
    }
}

/// A runner that may have to be signalled.
private enum RunnerHandle: Sendable {
    /// One that this daemon had begin. It holds no descriptor of it: most units are never cancelled.
    case began(ProcessStamp)
    /// One that was there when this daemon started.
    case found(ChildProcess)
}
