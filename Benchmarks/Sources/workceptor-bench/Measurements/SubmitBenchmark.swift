/// How long a client waits for the answer to a submit.
struct SubmitBenchmark: Benchmark {
    let name = "submit"
    let summary = "submit of `true` on an open connection: command line to \"Job Started\", half-close included"

    func run(_ bench: Workbench) throws -> [Row] {
        let rows = try bench.forEachPlace { setting, suffix in
            let times = try bench.withDaemon(setting) { daemon in
                let buffer = ReadBuffer()
                return try (0..<bench.runs(200, quick: 50)).map { _ in
                    let connection = try daemon.connect()
                    let time = Stopwatch()
                    let unit = try connection.submit("true")
                    let taken = time.milliseconds
                    // Its end must not fall into the next run.
                    _ = try daemon.connect().results(unit, buffer: buffer.bytes)
                    return taken
                }
            }
            return [
                try Row(
                    "submit → reply, one client\(suffix)",
                    times,
                    unit: "ms",
                    target: .atMost(1.5),
                    receptor: "3.5–8 ms"
                )
            ]
        }
        let own = try Spawning.times(runs: bench.runs(200, quick: 50))
        return rows + [try Row("  the machine's own: start of `true` to its end", own, unit: "ms")]
    }
}
