internal import Synchronization

/// How long the mesh waits while a node writes a long list.
struct ListPingBenchmark: Benchmark {
    let name = "list-ping"
    let summary =
        "20,000 finished units on foo: `work list` there, one after the other, and mesh pings from bar meanwhile"

    func run(_ bench: Workbench) throws -> [Row] {
        let count = bench.runs(20_000, quick: 4_000)
        let lists = bench.runs(10, quick: 3)
        let label = bench.isQuick ? "4,000 units" : "20,000 units"
        return try bench.withNodes(["foo", "bar"]) { folder in
            try FinishedUnits.make(count, in: "\(folder)/foo/data/foo")
        } _: { row in
            let isOver = Shared(false)
            let times = try Parallel.run(2) { number in
                number == 0 ? try list(row, lists, isOver) : try ping(row, until: isOver)
            }
            let (listed, pings) = times[0].isList ? (times[0], times[1]) : (times[1], times[0])
            return [
                try Row("work list of \(label)", listed.milliseconds, unit: "ms", digits: 0),
                try Row(
                    "  worst mesh ping meanwhile",
                    [pings.milliseconds.max() ?? .nan],
                    unit: "ms",
                    target: .atMost(5)
                ),
                try Row("  mesh pings meanwhile", pings.milliseconds, unit: "ms", digits: 3),
            ]
        }
    }

    private struct Times: Sendable {
        let isList: Bool
        let milliseconds: [Double]
    }

    private func list(_ row: NodeRow, _ count: Int, _ isOver: Shared<Bool>) throws -> Times {
        defer { isOver.value.withLock { $0 = true } }
        let connection = try row.first.connect()
        let times = try (0..<count).map { _ in
            let time = Stopwatch()
            _ = try connection.list()
            return time.milliseconds
        }
        return Times(isList: true, milliseconds: times)
    }

    private func ping(_ row: NodeRow, until isOver: Shared<Bool>) throws -> Times {
        let connection = try row.last.connect()
        var times: [Double] = []
        while !isOver.value.withLock({ $0 }) {
            guard let time = try connection.ping(row.first.nodeID) else { throw Failure("a ping was not answered") }
            times.append(time)
        }
        return Times(isList: false, milliseconds: times)
    }
}
