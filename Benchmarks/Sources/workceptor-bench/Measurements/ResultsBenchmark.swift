/// How long a client waits for results that are there.
struct ResultsBenchmark: Benchmark {
    let name = "results"
    let summary = "results of a finished unit: connect, ask, read to the end"

    func run(_ bench: Workbench) throws -> [Row] {
        let times = try bench.withDaemon(.memory) { daemon in
            let buffer = ReadBuffer()
            let unit = try daemon.connect().submit("echo")
            _ = try daemon.connect().results(unit, buffer: buffer.bytes)
            return try (0..<bench.runs(200, quick: 50)).map { _ in
                let time = Stopwatch()
                let size = try daemon.connect().results(unit, buffer: buffer.bytes)
                let taken = time.milliseconds
                guard size == 3 else { throw Failure("\(size) bytes instead of 3") }
                return taken
            }
        }
        return [try Row("results of a finished unit", times, unit: "ms", target: .atMost(0.5), receptor: "251 ms")]
    }
}
