/// How long a message takes to another node and back.
struct MeshPingBenchmark: Benchmark {
    let name = "mesh-ping"
    let summary = "mesh ping between two nodes on loopback, and with a node in between: the time that the daemon tells"

    func run(_ bench: Workbench) throws -> [Row] {
        let direct = try times(bench, ["foo", "bar"])
        let far = try times(bench, ["foo", "mid", "bar"])
        return [
            try Row("mesh ping, one hop", direct, unit: "ms", digits: 3, target: .atMost(0.15), receptor: "0.18 ms"),
            try Row("mesh ping, two hops", far, unit: "ms", digits: 3),
        ]
    }

    private func times(_ bench: Workbench, _ names: [String]) throws -> [Double] {
        try bench.withNodes(names) { row in
            let connection = try row.first.connect()
            return try (0..<bench.runs(1_000, quick: 200)).map { _ in
                guard let time = try connection.ping(row.last.nodeID) else { throw Failure("a ping was not answered") }
                return time
            }
        }
    }
}
