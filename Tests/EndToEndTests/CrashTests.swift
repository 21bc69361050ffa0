import Foundation
import TestSupport
import Testing

/// `kill -9` of the daemon at random moments while units of every kind run.
///
/// `make test` runs a short form; with `WORKCEPTOR_FAULTS=full` in the environment 20 rounds of 200 units run.
@Suite("A daemon that is killed at random moments", .blocking)
struct CrashTests {
    static let isFull = ProcessInfo.processInfo.environment["WORKCEPTOR_FAULTS"] == "full"
    static let rounds = isFull ? 20 : 3
    static let unitsARound = isFull ? 200 : 40
    static let killsARound = isFull ? 5 : 3

    @Test(
        "Every accepted unit is there, ends in the right state with all its output, and none ran twice",
        arguments: 0..<rounds
    )
    func everyUnitEndsRight(round: Int) throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("ran"), withIntermediateDirectories: true)
        try scratch.write("job.sh", CrashJob.script.replacing("SCRATCH", with: scratch.path))
        let work = """
            - worktype: job
              command: bash
              params: SCRATCH/job.sh
              allowruntimeparams: true
              gracetime: 4s
            """
        try Node.with(NodeFile(work: work), in: scratch) { node in
            var generator = SeededGenerator(seed: UInt64(round))
            let jobs = (0..<Self.unitsARound).map { CrashJob(number: $0, using: &generator) }
            let submitters = CrashSubmitters(jobs, client: node.client)
            defer { submitters.giveUp() }
            for _ in 0..<Self.killsARound {
                // The moment is the point: units are being submitted, run, end and are canceled.
                usleep(UInt32.random(in: 20_000...400_000, using: &generator))
                node.kill()
                if Bool.random(using: &generator) {
                    try killDuringStart(node, after: .random(in: 1_000...60_000, using: &generator))
                }
                try node.start()
                submitters.daemonIsBack()
            }
            try submitters.finish()
            try node.killAndRestart()
            for problem in try judge(submitters.outcomes, node) { Issue.record("\(problem)") }
            #expect(submitters.outcomes.filter(\.isAccepted).count > Self.unitsARound / 2)
            #expect(node.workProcesses() == [])
        }
    }

    private func killDuringStart(_ node: Node, after microseconds: UInt32) throws {
        let daemon = try Program(Binaries.daemon, ["--config", node.configurationPath])
        usleep(microseconds)
        daemon.signal(SIGKILL)
        daemon.wait()
    }

    /// What is wrong with the units, in words.
    private func judge(_ outcomes: [CrashOutcome], _ node: Node) throws -> [String] {
        var problems: [String] = []
        var known: Set<String> = []
        let list = try node.client.list()
        for outcome in outcomes {
            guard let unit = outcome.unit else { continue }
            known.insert(unit)
            guard list[unit] != nil else {
                problems.append("\(outcome.job): unit \(unit) is gone")
                continue
            }
            // Also one whose client was not told any more that it has started.
            if outcome.job.kind == .hanging {
                let answer = try node.client.cancel(unit)
                if answer != "{\"cancelled\":\"\(unit)\"}\n" { problems.append("\(outcome.job): cancel: \(answer)") }
            }
            let output = try node.client.results(unit)
            let status = try node.client.status(unit)
            let runs = outcome.job.runs(in: node.scratch)
            if let problem = outcome.problem(status: status, output: output, runs: runs) {
                problems.append("\(outcome.job), unit \(unit), accepted: \(outcome.isAccepted): \(problem)")
            }
        }
        // Units that were made, but whose identifier no client got to hear: they never had a payload.
        for unit in list.keys where !known.contains(unit) {
            let (output, status) = (try node.client.results(unit), try node.client.status(unit))
            if status.StateName != "Failed" || status.Detail.isEmpty || output != [] {
                problems.append("unit \(unit) of nobody: \(status)")
            }
        }
        return problems
    }
}

/// One unit of the crash test.
struct CrashJob: Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable, Sendable { case short, long, failing, payload, hanging }

    let kind: Kind
    let name: String
    let payload: [UInt8]

    init(number: Int, using generator: inout SeededGenerator) {
        kind = Kind.allCases.randomElement(using: &generator) ?? .short
        name = "job\(number)"
        let size = Int.random(in: 0...300_000, using: &generator)
        payload = kind == .payload ? [UInt8](repeating: 0x61, count: size) + Array(name.utf8) : []
    }

    var description: String { "\(name) (\(kind))" }

    /// Notes that it runs, then does what its kind does.
    static let script = """
        echo run >> SCRATCH/ran/$2
        case $1 in
          short) echo "short $2" ;;
          long) for i in 1 2 3 4 5 6 7 8; do echo "$i $2"; sleep 0.06; done ;;
          failing) echo "failing $2"; exit 3 ;;
          payload) cat ;;
          hanging) echo "hanging $2"; sleep 1000 & sleep 1000 ;;
        esac
        """

    /// How often the command ran.
    func runs(in scratch: Scratch) -> Int {
        (try? String(contentsOfFile: scratch.file("ran/\(name)"), encoding: .utf8))?.split(separator: "\n").count ?? 0
    }

    /// The whole output.
    var output: [UInt8] {
        switch kind {
        case .short, .failing, .hanging: Array("\(kind) \(name)\n".utf8)
        case .long: Array((1...8).map { "\($0) \(name)\n" }.joined().utf8)
        case .payload: payload
        }
    }

    /// The state that follows from a whole run.
    var end: (state: String, detail: String) {
        switch kind {
        case .short, .long, .payload: ("Succeeded", "exit status 0")
        case .failing: ("Failed", "exit status 3")
        case .hanging: ("Canceled", "Canceled")
        }
    }
}

/// What the client of a job saw.
struct CrashOutcome: Sendable {
    let job: CrashJob
    /// The identifier, if the client got to hear it.
    var unit: String?
    /// Whether the client was told that the job has started.
    var isAccepted = false
    /// Whether the client asked for the unit's end.
    var isCancelRequested = false

    /// What is wrong with what became of it.
    func problem(status: ShownStatus, output: [UInt8], runs: Int) -> String? {
        let isWhole =
            status.StateName == job.end.state && status.Detail == job.end.detail && runs == 1 && output == job.output
        // A command may be canceled before it wrote anything.
        let isCanceledEarly =
            job.kind == .hanging && status.StateName == "Canceled" && runs <= 1 && job.output.starts(with: output)
        if isWhole || isCanceledEarly { return nil }
        let isRefused = status.StateName == "Failed" && !status.Detail.isEmpty && runs == 0 && output == []
        if isRefused && !isAccepted { return nil }
        let text = String(decoding: output.prefix(80), as: UTF8.self).debugDescription
        return "\(status), \(runs) runs, \(output.count) of \(job.output.count) bytes of output: \(text)"
    }
}

/// Clients that submit the jobs, a few at a time, and wait for the next daemon when one goes.
final class CrashSubmitters: Sendable {
    private struct State {
        var next = 0
        var outcomes: [CrashOutcome] = []
        var threadsLeft = 0
    }

    private let jobs: [CrashJob]
    private let client: Client
    private let state = Locked(State())
    private let isBack = Signal()
    private let isOver = Signal()
    private let hasGivenUp = Locked(false)
    private static let threads = 6

    init(_ jobs: [CrashJob], client: Client) {
        self.jobs = jobs
        self.client = client
        state.update { $0.threadsLeft = Self.threads }
        for _ in 0..<Self.threads { Thread.detachNewThread { self.work() } }
    }

    var outcomes: [CrashOutcome] { state.value.outcomes }

    /// Tells those who wait that there is a daemon again.
    func daemonIsBack() { isBack.send() }

    /// Waits until all jobs were submitted.
    func finish() throws {
        guard isOver.wait(since: 0, 180) else { throw TimedOut(awaited: "the end of all submits") }
    }

    /// Ends the threads, if the test goes no further.
    func giveUp() { hasGivenUp.update { $0 = true } }

    private func work() {
        while let job = state.update({ state in
            defer { state.next += 1 }
            return state.next < jobs.count ? jobs[state.next] : nil
        }) {
            let outcome = submit(job)
            state.update { $0.outcomes.append(outcome) }
        }
        if state.update({ state in
            state.threadsLeft -= 1
            return state.threadsLeft == 0
        }) {
            isOver.send()
        }
    }

    /// Submits a job once; an attempt that the daemon did not live to hear of is made again.
    private func submit(_ job: CrashJob) -> CrashOutcome {
        var outcome = CrashOutcome(job: job)
        while true {
            let generation = isBack.count
            do {
                let (connection, unit) = try client.beginSubmit(
                    "job",
                    parameters: ["params": "\(job.kind) \(job.name)"]
                )
                outcome.unit = unit
                try connection.send(job.payload)
                connection.halfClose()
                try Client.checkStarted(try connection.line(), unit)
                outcome.isAccepted = true
                if job.kind == .hanging {
                    outcome.isCancelRequested = true
                    _ = try client.cancel(unit)
                }
                return outcome
            } catch {
                // Whether it was accepted is not known: it must not be submitted again.
                if outcome.unit != nil { return outcome }
                _ = isBack.wait(since: generation, 0.2)
                if hasGivenUp.value { return outcome }
            }
        }
    }
}
