internal import Glibc

/// What a daemon does while many units run and nothing happens.
struct ManyRunningBenchmark: Benchmark {
    let name = "many-running"
    let summary =
        "1,000 running `sleep`: CPU time and wake-ups of the daemon over 5 s, memory; then all released at once"

    private static let seconds: UInt32 = 5
    private static let clients = 8

    func run(_ bench: Workbench) throws -> [Row] {
        let each = bench.runs(125, quick: 25)
        let label = bench.isQuick ? "200 running units" : "1,000 running units"
        return try bench.withDaemon(.memory) { daemon in
            let units = try Parallel.run(Self.clients) { _ in
                try (0..<each).map { _ in try daemon.connect().submit("sleep") }
            }
            sleep(2)
            let before = daemon.facts.snapshot
            sleep(Self.seconds)
            let after = daemon.facts.snapshot
            let time = Stopwatch()
            _ = try Parallel.run(Self.clients) { number in
                let connection = try daemon.connect()
                for unit in units[number] { try connection.release(unit) }
            }
            let released = time.seconds
            let left = daemon.facts.runners.count
            guard left == 0 else { throw Failure("\(left) runners are left after the release of all units") }
            return [
                // The kernel counts in ticks of 10 ms: one at most is idle. The difference is rounded to whole ones again.
                try Row(
                    "\(label): daemon's CPU over \(Self.seconds) s",
                    [((after.processorSeconds - before.processorSeconds) * 100).rounded() / 100],
                    unit: "s",
                    target: .atMost(0.01)
                ),
                try Row(
                    "\(label): daemon's wake-ups over \(Self.seconds) s",
                    [Double(after.wakeups(since: before))],
                    unit: "",
                    digits: 0
                ),
                try Row("\(label): daemon's RSS", [after.residentMegabytes], unit: "MB", digits: 1),
                try Row("\(label): daemon's descriptors", [Double(after.descriptors)], unit: "", digits: 0),
                try Row("\(label): daemon's threads", [Double(after.threads)], unit: "", digits: 0),
                try Row("\(label): all cancelled and released in", [released], unit: "s"),
            ]
        }
    }
}
