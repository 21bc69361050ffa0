internal import Glibc

/// Measures the daemon and prints each figure beside its target and Receptor's own.
@main
enum Bench {
    private static let benchmarks: [any Benchmark] = [
        IdleBenchmark(), SleepUnitBenchmark(), SubmitBenchmark(), RateBenchmark(), EchoBenchmark(), ResultsBenchmark(),
        ReadBackBenchmark(), PayloadBenchmark(), StartBenchmark(), ManyFinishedBenchmark(), ManyRunningBenchmark(),
        ConnectBenchmark(), MeshPingBenchmark(), ListPingBenchmark(), RemoteEchoBenchmark(), RemoteRateBenchmark(),
        RemoteStdoutBenchmark(), RemotePayloadBenchmark(), RemoteManyBenchmark(), MeshBenchmark(),
    ]

    static func main() {
        let options = Options(Array(CommandLine.arguments.dropFirst()), known: benchmarks)
        // Variables that would change what is measured.
        for name in ["WORKCEPTOR_RUNNER", "NOTIFY_SOCKET"] { unsetenv(name) }
        do {
            let folders = try Folders()
            let guardian = try Guardian(folders: folders, seconds: Workbench.timeLimit)
            defer { guardian.cleanUp() }
            let bench = try Workbench(program: "\(options.binaries)/workceptor", folders: folders, options: options)
            let isComplete = run(options, bench)
            guardian.cleanUp()
            exit(isComplete ? 0 : 1)
        } catch {
            Output.error("\(error)")
            exit(1)
        }
    }

    /// Runs and reports; whether everything could be measured.
    private static func run(_ options: Options, _ bench: Workbench) -> Bool {
        let time = Stopwatch()
        let machine = MachineFacts(folders: bench.folders, binaries: options.binaries)
        var rows: [Row] = []
        var failures: [(name: String, reason: String)] = []
        for benchmark in benchmarks where options.only.isEmpty || options.only.contains(benchmark.name) {
            Output.progress("measuring \(benchmark.name): \(benchmark.summary)")
            do {
                rows += try benchmark.run(bench).map { row in
                    var row = row
                    row.benchmark = benchmark.name
                    return row
                }
            } catch {
                Output.error("\(benchmark.name): \(error)")
                failures.append((benchmark.name, "\(error)"))
            }
        }
        let report = Report(machine: machine, rows: rows, failures: failures, seconds: time.seconds)
        Output.result(options.asJSON ? report.json : report.text)
        return failures.isEmpty
    }
}
