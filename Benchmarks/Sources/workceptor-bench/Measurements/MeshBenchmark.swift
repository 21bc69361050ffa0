internal import Glibc

/// A mesh of many daemons on one machine.
struct MeshBenchmark: Benchmark {
    let name = "mesh-100"
    let summary =
        "100 nodes, each linked to two of those before it: from the last start to full routes on all; CPU of all at rest"

    private static let patience = 60.0
    private static let rest: UInt32 = 10

    func run(_ bench: Workbench) throws -> [Row] {
        let count = bench.runs(100, quick: 20)
        return try bench.withFolder(.memory) { folder in
            var nodes: [Daemon] = []
            defer {
                for node in nodes { kill(node.facts.pid, SIGTERM) }
                for node in nodes { node.stop() }
                Guardian.endDescendants()
            }
            try start(count, bench, folder, &nodes)
            let time = Stopwatch()
            // Those that are done are not asked again: asking costs the processor that the others need.
            for node in nodes {
                let connection = try node.connect()
                while try connection.routes() < count - 1 {
                    guard time.seconds < Self.patience else { throw Failure("\(node.nodeID) does not know all routes") }
                    usleep(10_000)
                }
            }
            let complete = time.seconds
            sleep(5)
            let before = nodes.reduce(0) { $0 + $1.facts.processorSeconds }
            sleep(Self.rest)
            let used = nodes.reduce(0) { $0 + $1.facts.processorSeconds } - before
            return [
                try Row(
                    "mesh of \(count) nodes: last start → full routes",
                    [complete],
                    unit: "s",
                    target: .atMost(2),
                    receptor: "58 s"
                ),
                try Row(
                    "mesh of \(count) nodes: CPU of all at rest",
                    [used * 100 / Double(Self.rest)],
                    unit: "% of a core",
                    digits: 1,
                    target: .atMost(5),
                    receptor: "77 %"
                ),
                try Row(
                    "mesh of \(count) nodes: RSS of a node",
                    nodes.map(\.facts.residentMegabytes),
                    unit: "MB",
                    digits: 1,
                    receptor: "35 MB"
                ),
            ]
        }
    }

    private func start(_ count: Int, _ bench: Workbench, _ folder: String, _ nodes: inout [Daemon]) throws {
        var ports: [Int] = []
        for number in 0..<count {
            let port = try Loopback.freePort()
            // The same graph in every run.
            let neighbours = Set([number * 7 / 11, number * 5 / 13]).filter { $0 < number }.map { ports[$0] }
            let node = NodeConfiguration(
                nodeID: "n\(number)",
                listeningPort: port,
                neighbourPorts: neighbours,
                durability: bench.durability
            )
            nodes.append(try Daemon(bench.program, folder: "\(folder)/n\(number)", node: node))
            // The next ones must not find a closed port: they would wait before they dial again.
            _ = try nodes[number].firstConnection()
            ports.append(port)
        }
    }
}
