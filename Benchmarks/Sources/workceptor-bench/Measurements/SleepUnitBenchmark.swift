internal import Glibc

/// What one running unit costs.
struct SleepUnitBenchmark: Benchmark {
    let name = "sleep-unit"
    let summary = "what a running `sleep` costs: PSS of its runner; threads, descriptors, memory of the daemon over 100"

    private static let count = 100

    func run(_ bench: Workbench) throws -> [Row] {
        try bench.withDaemon(.memory) { daemon in
            // One unit before, so that what the daemon takes once for all units does not count.
            _ = try daemon.connect().submit("sleep")
            let before = try settled(daemon)
            for _ in 0..<Self.count { _ = try daemon.connect().submit("sleep") }
            let after = try settled(daemon)
            let runners = daemon.facts.runners
            guard runners.count == Self.count + 1 else {
                throw Failure("\(runners.count) runners for \(Self.count + 1) units")
            }
            let perUnit = { (value: (ProcessFacts.Snapshot) -> Double) in
                (value(after) - value(before)) / Double(Self.count)
            }
            return [
                try Row(
                    "running unit: PSS of its runner",
                    runners.map(\.proportionalMegabytes),
                    unit: "MB",
                    target: .atMost(0.6),
                    receptor: "4.7 MB"
                ),
                try Row(
                    "running unit: RSS of its runner",
                    runners.map(\.residentMegabytes),
                    unit: "MB",
                    receptor: "27 MB"
                ),
                // A thread of a shared pool may come or go meanwhile.
                try Row(
                    "running unit: daemon's threads",
                    [perUnit { Double($0.threads) }],
                    unit: "",
                    target: .atMost(0.05)
                ),
                try Row(
                    "running unit: daemon's descriptors",
                    [perUnit { Double($0.descriptors) }],
                    unit: "",
                    target: .atMost(1)
                ),
                try Row("running unit: daemon's RSS", [perUnit { $0.residentMegabytes * 1000 }], unit: "kB", digits: 1),
            ]
        }
    }

    private func settled(_ daemon: Daemon) throws -> ProcessFacts.Snapshot {
        sleep(1)
        return daemon.facts.snapshot
    }
}
