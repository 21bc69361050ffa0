/// How soon a new daemon answers.
struct StartBenchmark: Benchmark {
    let name = "start"
    let summary = "start with no units: from the fork to the greeting (connect tried every 0.2 ms)"

    func run(_ bench: Workbench) throws -> [Row] {
        let times = try (0..<bench.runs(20, quick: 5)).map { _ in
            try bench.withFolder(.memory) { folder in
                let time = Stopwatch()
                return try bench.withDaemon(in: folder) { _, _ in time.milliseconds }
            }
        }
        return [
            try Row(
                "start → control socket",
                times,
                unit: "ms",
                digits: 1,
                target: .atMost(50),
                receptor: "158 ms (1,000 units)"
            )
        ]
    }
}
