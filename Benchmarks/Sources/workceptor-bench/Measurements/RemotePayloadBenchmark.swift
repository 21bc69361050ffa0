/// How fast a large payload comes to another node.
struct RemotePayloadBenchmark: Benchmark {
    let name = "remote-payload"
    let summary = "256 MiB of payload for `true` on another node: command line to the unit's end"

    func run(_ bench: Workbench) throws -> [Row] {
        let direct = try transfers(bench, ["foo", "bar"])
        let far = try transfers(bench, ["foo", "mid", "bar"])
        return try RemoteTransfer.rows(
            "256 MiB of payload to another node",
            direct,
            target: .atLeast(300),
            processorTarget: .atMost(2.5),
            receptor: ("14–18 MiB/s", nil)
        ) + RemoteTransfer.rows("256 MiB of payload through a middle node", far)
            + [RemoteTransfer.ownRow(bench)]
    }

    private func transfers(_ bench: Workbench, _ names: [String]) throws -> [RemoteTransfer] {
        let buffer = ReadBuffer()
        let reading = ReadBuffer()
        return try bench.withNodes(names) { row in
            try (0..<bench.runs(5, quick: 2)).map { _ in
                let transfer = try RemoteTransfer(over: row) {
                    try row.complete("true", into: reading) { socket in
                        for _ in 0..<NodeConfiguration.bulk / ReadBuffer.size {
                            try socket.write(UnsafeRawBufferPointer(buffer.bytes))
                        }
                    }.unit
                }
                try row.finish(transfer.unit, size: 0)
                return transfer
            }
        }
    }
}
