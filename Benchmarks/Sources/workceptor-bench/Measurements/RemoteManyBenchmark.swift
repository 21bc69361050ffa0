internal import Glibc

/// What remains in the daemons of many remote units.
struct RemoteManyBenchmark: Benchmark {
    let name = "remote-many"
    let summary =
        "600 remote units of `true` one after the other, each released: time of each; memory of both daemons before "
        + "(after 20 units) and after"

    func run(_ bench: Workbench) throws -> [Row] {
        let count = bench.runs(600, quick: 100)
        return try bench.withNodes(["foo", "bar"]) { row in
            // What is taken once for all units does not count.
            _ = try times(20, row)
            sleep(1)
            let before = row.nodes.map(\.facts.snapshot)
            let times = try times(count, row)
            sleep(1)
            let after = row.nodes.map(\.facts.snapshot)
            var rows = [
                try Row("remote true: submit → results complete → released", times, unit: "ms")
            ]
            for (number, node) in row.nodes.enumerated() {
                let label = "\(count) remote units: RSS of \(node.nodeID)"
                rows.append(try Row("\(label) before", [before[number].residentMegabytes], unit: "MB", digits: 1))
                rows.append(
                    try Row(
                        "\(label) after, all released",
                        [after[number].residentMegabytes],
                        unit: "MB",
                        digits: 1,
                        receptor: number == 0 ? "196 MB" : nil
                    )
                )
            }
            return rows
        }
    }

    private func times(_ count: Int, _ row: NodeRow) throws -> [Double] {
        let buffer = ReadBuffer()
        return try (0..<count).map { _ in
            let time = Stopwatch()
            let (unit, _) = try row.complete("true", into: buffer)
            try row.finish(unit, size: 0)
            return time.milliseconds
        }
    }
}
