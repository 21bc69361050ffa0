/// How long a stream to a service takes to open.
struct ConnectBenchmark: Benchmark {
    let name = "connect"
    let summary = "`connect` to the control service of the own node, and of a neighbour: command line to its greeting"

    func run(_ bench: Workbench) throws -> [Row] {
        try bench.withNodes(["foo", "bar"]) { row in
            let times = { (node: String, runs: Int) in
                try (0..<runs).map { _ in
                    let connection = try row.first.connect()
                    let time = Stopwatch()
                    try connection.connect(to: node)
                    return time.milliseconds
                }
            }
            return [
                // An older program takes a second for it.
                try Row(
                    "connect to the own node",
                    times(row.first.nodeID, bench.runs(20, quick: 5)),
                    unit: "ms",
                    target: .atMost(5)
                ),
                try Row("connect to a neighbour", times(row.last.nodeID, bench.runs(100, quick: 20)), unit: "ms"),
            ]
        }
    }
}
