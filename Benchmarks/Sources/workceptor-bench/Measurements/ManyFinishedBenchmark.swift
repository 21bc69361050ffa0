/// How soon a daemon with a long past answers.
struct ManyFinishedBenchmark: Benchmark {
    let name = "many-finished"
    let summary = "10,000 finished units on disk: from the fork to the greeting and to the end of `work list`"

    func run(_ bench: Workbench) throws -> [Row] {
        let count = bench.runs(10_000, quick: 2_000)
        let label = bench.isQuick ? "2,000 finished units" : "10,000 finished units"
        return try bench.forEachPlace { setting, suffix in
            try bench.withFolder(setting) { folder in
                try FinishedUnits.make(count, in: Daemon.unitsFolder(in: folder))
                var greeted: [Double] = []
                var listed: [Double] = []
                var resident: [Double] = []
                for _ in 0..<bench.runs(5, quick: 2) {
                    let time = Stopwatch()
                    try bench.withDaemon(in: folder, durability: setting.durability) { daemon, connection in
                        greeted.append(time.seconds)
                        let list = try connection.list()
                        listed.append(time.seconds)
                        resident.append(daemon.facts.residentMegabytes)
                        let found = UnitList.count("\"State\":\(UnitState.succeeded),", in: list)
                        guard found == count else { throw Failure("\(found) units listed instead of \(count)") }
                    }
                }
                return [
                    try Row(
                        "\(label): start → full list\(suffix)",
                        listed,
                        unit: "s",
                        digits: 3,
                        target: .atMost(0.5),
                        receptor: "0.252 s (1,000 units)"
                    ),
                    try Row(
                        "\(label): start → control socket\(suffix)",
                        greeted,
                        unit: "s",
                        digits: 3,
                        receptor: "0.158 s (1,000 units)"
                    ),
                    try Row(
                        "\(label): RSS after the list\(suffix)",
                        resident,
                        unit: "MB",
                        digits: 1,
                        receptor: "53 MB (1,000 units)"
                    ),
                ]
            }
        }
    }
}
