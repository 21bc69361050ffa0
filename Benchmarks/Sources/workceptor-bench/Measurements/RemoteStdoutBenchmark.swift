/// How fast a large output comes from another node.
struct RemoteStdoutBenchmark: Benchmark {
    let name = "remote-stdout"
    let summary =
        "256 MiB of stdout of a unit on another node: submit to the unit's end, with and without a client that reads it"

    func run(_ bench: Workbench) throws -> [Row] {
        let bulk = NodeConfiguration.bulk
        let direct = try bench.withNodes(["foo", "bar"]) { row in
            (try transfers(bench, row, from: bulk), try transfers(bench, row, from: 0))
        }
        let far = try bench.withNodes(["foo", "mid", "bar"]) { try transfers(bench, $0, from: bulk) }
        return try RemoteTransfer.rows(
            "256 MiB of stdout from another node",
            direct.0,
            target: .atLeast(200),
            processorTarget: .atMost(2.5),
            receptor: ("18 MiB/s", "84 s")
        ) + RemoteTransfer.rows("256 MiB of stdout from another node, read meanwhile", direct.1)
            + RemoteTransfer.rows(
                "256 MiB of stdout through a middle node",
                far,
                target: .atLeast(280),
                receptor: ("3.5–3.9 MiB/s (64 MiB)", nil)
            ) + [RemoteTransfer.ownRow(bench)]
    }

    private func transfers(_ bench: Workbench, _ row: NodeRow, from position: Int) throws -> [RemoteTransfer] {
        let buffer = ReadBuffer()
        return try (0..<bench.runs(5, quick: 2)).map { _ in
            let transfer = try RemoteTransfer(over: row) {
                try row.complete("zeros", from: position, into: buffer).unit
            }
            try row.finish(transfer.unit, size: NodeConfiguration.bulk)
            return transfer
        }
    }
}
