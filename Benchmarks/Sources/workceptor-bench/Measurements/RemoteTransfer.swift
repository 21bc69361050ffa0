/// One move of a lot of bytes between nodes.
struct RemoteTransfer: Sendable {
    /// The unit on the node that the client talks to.
    let unit: String
    /// MiB a second.
    let rate: Double
    /// User and system time of all daemons, in seconds a GiB.
    let processorSeconds: Double

    /// Measures what moves ``NodeConfiguration/bulk`` bytes and gives the unit.
    init(over row: NodeRow, _ body: () throws -> String) throws {
        let before = row.processorSeconds
        let time = Stopwatch()
        unit = try body()
        rate = Throughput.gibibytes(NodeConfiguration.bulk, time.seconds) * 1024
        processorSeconds = (row.processorSeconds - before) * Double(1 << 30) / Double(NodeConfiguration.bulk)
    }

    /// The same bytes moved by nobody's daemon, in MiB a second.
    static func ownRow(_ bench: Workbench) throws -> Row {
        let rates = try Throughput.ofStoring(runs: bench.runs(5, quick: 2), folder: bench.folders.memory)
        return try Row(
            "  the machine's own: write → socket → read → file",
            rates.map { $0 * 1024 },
            unit: "MiB/s",
            digits: 0
        )
    }

    /// The rows of several of them.
    static func rows(
        _ metric: String,
        _ transfers: [RemoteTransfer],
        target: Target? = nil,
        processorTarget: Target? = nil,
        receptor: (rate: String, processor: String?)? = nil
    ) throws -> [Row] {
        [
            try Row(
                metric,
                transfers.map(\.rate),
                unit: "MiB/s",
                digits: 0,
                target: target,
                receptor: receptor?.rate
            ),
            try Row(
                "  CPU of all daemons, a GiB",
                transfers.map(\.processorSeconds),
                unit: "s",
                target: processorTarget,
                receptor: receptor?.processor
            ),
        ]
    }
}
