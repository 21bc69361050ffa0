/// How many units a second several clients get done on another node.
struct RemoteRateBenchmark: Benchmark {
    let name = "remote-rate"
    let summary = "8 clients: `true` submitted to another node and its results followed to their end; units a second"

    private static let clients = 8

    func run(_ bench: Workbench) throws -> [Row] {
        let each = bench.runs(100, quick: 25)
        let rates = try (0..<bench.runs(3, quick: 1)).map { _ in
            try bench.withNodes(["foo", "bar"]) { row in
                let time = Stopwatch()
                _ = try Parallel.run(Self.clients) { _ in
                    let buffer = ReadBuffer()
                    for _ in 0..<each { _ = try row.complete("true", into: buffer) }
                }
                let rate = Double(Self.clients * each) / time.seconds
                let list = try row.first.connect().list()
                // Each is listed once, with its own state.
                let succeeded = UnitList.count("\"State\":\(UnitState.succeeded),", in: list)
                guard succeeded == Self.clients * each else { throw Failure("only \(succeeded) units succeeded") }
                return rate
            }
        }
        return [
            try Row(
                "8 clients, units on another node to completion",
                rates,
                unit: "/s",
                digits: 0,
                target: .atLeast(350)
            )
        ]
    }
}
