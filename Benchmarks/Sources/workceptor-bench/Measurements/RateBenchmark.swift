/// How many units a second several clients get done.
struct RateBenchmark: Benchmark {
    let name = "rate"
    let summary = "8 clients: `true` submitted and its results followed to their end, all over again; units a second"

    private static let clients = 8

    func run(_ bench: Workbench) throws -> [Row] {
        let each = bench.runs(200, quick: 50)
        let rows = try bench.forEachPlace { setting, suffix in
            let rates = try (0..<bench.runs(3, quick: 1)).map { _ in
                try bench.withDaemon(setting) { daemon in
                    let time = Stopwatch()
                    _ = try Parallel.run(Self.clients) { _ in
                        let buffer = ReadBuffer()
                        for _ in 0..<each {
                            let unit = try daemon.connect().submit("true")
                            _ = try daemon.connect().results(unit, buffer: buffer.bytes)
                        }
                    }
                    let rate = Double(Self.clients * each) / time.seconds
                    let succeeded = UnitList.count("\"State\":\(UnitState.succeeded),", in: try daemon.connect().list())
                    guard succeeded == Self.clients * each else { throw Failure("only \(succeeded) units succeeded") }
                    return rate
                }
            }
            return [
                try Row(
                    "8 clients, units to completion\(suffix)",
                    rates,
                    unit: "/s",
                    digits: 0,
                    target: .atLeast(600),
                    receptor: "105 submits/s"
                )
            ]
        }
        let pairs = try (0..<bench.runs(3, quick: 1)).map { _ in
            try Spawning.pairsPerSecond(threads: Self.clients, each: each)
        }
        return rows + [
            try Row("  the machine's own: 8 threads, two `true` each time", pairs, unit: "/s", digits: 0)
        ]
    }
}
