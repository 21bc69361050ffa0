internal import Glibc

/// The memory of a daemon that has nothing to do.
struct IdleBenchmark: Benchmark {
    let name = "idle"
    let summary = "memory of a daemon with no units, 1 s after its start (RSS and PSS)"

    func run(_ bench: Workbench) throws -> [Row] {
        var resident: [Double] = []
        var proportional: [Double] = []
        for _ in 0..<bench.runs(3, quick: 1) {
            try bench.withDaemon(.memory) { daemon in
                sleep(1)
                resident.append(daemon.facts.residentMegabytes)
                proportional.append(daemon.facts.proportionalMegabytes)
            }
        }
        return [
            try Row("idle daemon: RSS", resident, unit: "MB", digits: 1, target: .atMost(15), receptor: "31 MB"),
            try Row("idle daemon: PSS", proportional, unit: "MB", digits: 1),
        ]
    }
}
