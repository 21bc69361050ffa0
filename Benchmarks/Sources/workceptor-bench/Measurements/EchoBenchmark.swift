internal import Glibc

/// The whole life of the smallest unit with a result.
struct EchoBenchmark: Benchmark {
    let name = "echo"
    let summary =
        "`echo hi`: submit to Succeeded (status asked every 0.1 ms on a second connection); submit to results complete"

    /// Between two looks at the status. Without a pause, asking would keep both the daemon and a processor from the work.
    private static let pause: UInt32 = 100

    func run(_ bench: Workbench) throws -> [Row] {
        try bench.forEachPlace { setting, suffix in
            try bench.withDaemon(setting) { daemon in
                let runs = bench.runs(200, quick: 50)
                let succeeded = try (0..<runs).map { _ in try untilSucceeded(daemon) }
                let buffer = ReadBuffer()
                let complete = try (0..<runs).map { _ in try untilComplete(daemon, buffer) }
                return [
                    try Row(
                        "echo hi: submit → Succeeded\(suffix)",
                        succeeded,
                        unit: "ms",
                        target: .atMost(4),
                        receptor: "19 ms"
                    ),
                    try Row(
                        "echo hi: submit → results complete\(suffix)",
                        complete,
                        unit: "ms",
                        target: .atMost(6),
                        receptor: "756 ms"
                    ),
                ]
            }
        }
    }

    private func untilSucceeded(_ daemon: Daemon) throws -> Double {
        let connection = try daemon.connect()
        let second = try daemon.connect()
        let time = Stopwatch()
        let unit = try connection.submit("echo")
        var state = 0
        while true {
            state = try second.state(unit)
            if state >= UnitState.firstComplete { break }
            usleep(Self.pause)
        }
        let taken = time.milliseconds
        guard state == UnitState.succeeded else { throw Failure("`echo hi` ended in state \(state)") }
        return taken
    }

    private func untilComplete(_ daemon: Daemon, _ buffer: ReadBuffer) throws -> Double {
        let connection = try daemon.connect()
        let time = Stopwatch()
        let unit = try connection.submit("echo")
        // As a client that follows its unit does: the connection for the results is opened then.
        let size = try daemon.connect().results(unit, buffer: buffer.bytes)
        let taken = time.milliseconds
        let state = try daemon.connect().state(unit)
        guard size == 3, state == UnitState.succeeded else {
            throw Failure("`echo hi` gave \(size) bytes, state \(state)")
        }
        return taken
    }
}
