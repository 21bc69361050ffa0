/// How fast a large payload is taken in.
struct PayloadBenchmark: Benchmark {
    let name = "payload"
    let summary = "256 MiB of payload for `true`: command line to reply, sent 1 MiB at a time and by sendfile"

    func run(_ bench: Workbench) throws -> [Row] {
        let runs = bench.runs(7, quick: 3)
        let source = try MemoryFile(NodeConfiguration.bulk)
        let buffer = ReadBuffer()
        let (written, sent) = try bench.withDaemon(.memory) { daemon in
            let written = try (0..<runs).map { _ in
                try rate(daemon) { socket in
                    for _ in 0..<NodeConfiguration.bulk / ReadBuffer.size {
                        try socket.write(UnsafeRawBufferPointer(buffer.bytes))
                    }
                }
            }
            return (written, try (0..<runs).map { _ in try rate(daemon) { try source.send(to: $0) } })
        }
        let receptor = "0.014–0.018 GiB/s (remote)"
        return [
            try Row(
                "256 MiB of payload accepted, write",
                written,
                unit: "GiB/s",
                target: .atLeast(1),
                receptor: receptor
            ),
            try Row(
                "256 MiB of payload accepted, sendfile",
                sent,
                unit: "GiB/s",
                target: .atLeast(1),
                receptor: receptor
            ),
            try Row(
                "  the machine's own: write → socket → read → file",
                Throughput.ofStoring(runs: runs, folder: bench.folders.memory),
                unit: "GiB/s"
            ),
        ]
    }

    private func rate(_ daemon: Daemon, _ payload: (FileDescriptor) throws -> Void) throws -> Double {
        let connection = try daemon.connect()
        let time = Stopwatch()
        let unit = try connection.submit("true", payload: payload)
        let rate = Throughput.gibibytes(NodeConfiguration.bulk, time.seconds)
        // Memory holds a few of them only.
        try daemon.connect().release(unit)
        return rate
    }
}
