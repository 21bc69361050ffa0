internal import Glibc
internal import JSON
internal import LinuxSystem
internal import Logging
internal import RunnerProtocol
internal import Synchronization
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
    private let runners = Mutex<[UnitID: RunnerHandle]>([:])

    init(settings: CommandSettings, spawner: RunnerSpawner) {
        self.settings = settings
        self.spawner = spawner
    }

    var gracePeriod: Duration { settings.gracePeriod }

    func validate(_ parameters: [String: String]) throws {
        if let other = parameters.keys.filter({ $0 != Self.parameterName }).min() {
            throw CommandError("a command takes the parameter 'params' only, not '\(other.prefix(40))'")
        }
        if let problem = ShellWords.problem(parameters[Self.parameterName] ?? "", named: Self.parameterName) {
            throw CommandError(problem)
        }
    }

    private static let parameterName = "params"

    // MARK: Start

    func run(_ unit: WorkUnit) async throws -> UnitOutcome {
        let parameters = [settings.params, unit.parameters[Self.parameterName] ?? ""]
            .filter { !$0.isEmpty }.joined(separator: " ")
        let arguments = [settings.command] + (ShellWords.split(parameters) ?? [])
        let order = RunnerOrder(
            directory: unit.directory,
            arguments: arguments,
            graceMilliseconds: Int(settings.gracePeriod.clampedMilliseconds),
            openFilesLimit: unit.environment.openFilesLimit,
            isDurable: unit.environment.durability == .full,
            endsAll: settings.killMode == .unit
        )
        let report = try await unit.environment.disk.run(for: unit.id) { [spawner] () throws(SystemError) in
            try spawner.begin(order)
        }
        try await untilReadable(report, for: unit)
        let line = String(decoding: try report.read(upTo: 256), as: UTF8.self)
        defer { forget(unit) }
        if let (pid, runner) = Self.started(line) {
            try await remember(.began(runner), for: unit)
            await unit.running(
                detail: "Running: PID \(pid)",
                extraData: ["Pid": .integer(Int64(pid)), "Params": .string(parameters)]
            )
            // There is no second line: readable now means that the runner's end of the pipe is closed.
            try await untilReadable(report, for: unit)
        } else if let code = Self.refusal(line) {
            return .failed("cannot start a runner: \(SystemError.reason(code))")
        }
        return try await outcome(of: unit, program: settings.command)
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
        let claim = try await record(of: unit) { () throws(SystemError) in
            try UnitClaim.takeOrRead(unit.directory, bootID: bootID)
        }
        guard let record = claim, let owner = record.runner else {
            let supervisor = try await persistently(for: unit) { () throws(SystemError) in
                try ReceptorSupervisor(of: unit)
            }
            if let supervisor { return try await follow(supervisor, unit) }
            return .failed("The node stopped before the work was started")
        }
        if record.end != nil { return Self.outcome(record, program: settings.command) }
        guard bootID.isEmpty || record.bootID == bootID else {
            return .failed("The machine was restarted while the work ran")
        }
        let process = try await persistently(for: unit) { () throws(SystemError) in try Self.hold(owner) }
        guard let process else {
            return try await outcome(of: unit, program: settings.command)
        }
        defer { forget(unit) }
        try await remember(.found(process), for: unit)
        if let command = record.command {
            await unit.running(
                detail: "Running: PID \(command.pid)",
                extraData: Self.extraData(of: unit, pid: command.pid)
            )
        }
        try await untilReadable(process.handle, for: unit)
        return try await outcome(of: unit, program: settings.command)
    }

    private static func extraData(of unit: WorkUnit, pid: Int32) -> JSONValue {
        ["Pid": .integer(Int64(pid)), "Params": unit.status.extraData["Params"] ?? ""]
    }

    private func follow(_ supervisor: ReceptorSupervisor, _ unit: WorkUnit) async throws -> UnitOutcome {
        defer { forget(unit) }
        try await remember(.found(supervisor.process), for: unit)
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
        let left = try await killAll(of: unit)
        unit.logger.error("the runner died", metadata: ["killed": "\(left)"])
        guard record?.runner != nil else {
            return .failed("The runner died before it could begin")
        }
        return .failed("The runner died before the work ended; what was left of the work was killed")
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

    private func killAll(of unit: WorkUnit) async throws -> Int {
        try await persistently(for: unit) { () throws(SystemError) in try UnitProcesses.killAll(of: unit.directory) }
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
            try await Task.sleep(for: delay)
            delay = min(delay * 2, .seconds(5))
        }
    }

    /// Waits until a runner reports or, with nothing more to report, ends.
    private func untilReadable(_ descriptor: Descriptor, for unit: WorkUnit) async throws {
        while true {
            do {
                guard try await unit.environment.monitor.untilReadable(descriptor) else { throw CancellationError() }
                return
            } catch let error as SystemError {
                unit.logger.warning("will try again", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: .seconds(1))
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
        guard let runner = runners.withLock({ $0[unit.id] }) else { return }
        // None of this waits for anything, so a client that goes away cannot leave it half done.
        switch runner {
        case .found(let process): try process.signal(SIGTERM)
        case .began(let stamp): try Self.hold(stamp)?.signal(SIGTERM)
        }
    }

    private func remember(_ runner: RunnerHandle, for unit: WorkUnit) async throws {
        runners.withLock { $0[unit.id] = runner }
        // A request that came before there was anything to signal.
        guard unit.isCancelRequested else { return }
        do {
            try await cancel(unit)
        } catch {
            // The work goes on, and so must the watch over it.
            unit.logger.error("cannot cancel the unit", metadata: ["error": "\(error)"])
        }
    }

    private func forget(_ unit: WorkUnit) { runners.withLock { $0[unit.id] = nil } }

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
