/// How fast a large result comes.
struct ReadBackBenchmark: Benchmark {
    let name = "read-back"
    let summary =
        "256 MiB of stdout of a finished unit, read 1 MiB at a time; beside it what the machine can do at most"

    func run(_ bench: Workbench) throws -> [Row] {
        let runs = bench.runs(7, quick: 3)
        let rates = try bench.withDaemon(.memory) { daemon in
            let buffer = ReadBuffer()
            let unit = try daemon.connect().submit("zeros")
            _ = try daemon.connect().results(unit, buffer: buffer.bytes)
            return try (0..<runs).map { _ in
                let connection = try daemon.connect()
                let time = Stopwatch()
                let size = try connection.results(unit, buffer: buffer.bytes)
                let rate = Throughput.gibibytes(size, time.seconds)
                guard size == NodeConfiguration.bulk else { throw Failure("\(size) bytes came") }
                return rate
            }
        }
        return [
            try Row(
                "256 MiB of stdout read back",
                rates,
                unit: "GiB/s",
                target: .atLeast(1),
                receptor: "0.25 GiB/s"
            ),
            try Row(
                "  the machine's own: sendfile → socket → read",
                Throughput.ofSending(runs: runs),
                unit: "GiB/s"
            ),
        ]
    }
}
