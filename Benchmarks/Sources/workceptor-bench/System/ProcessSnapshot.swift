extension ProcessFacts {
    /// What a process uses at one moment.
    struct Snapshot: Sendable {
        let threads: Int
        let descriptors: Int
        let residentMegabytes: Double
        let processorSeconds: Double
        let wakeups: [String: Int]

        /// How often threads have been woken since an earlier snapshot. One that has ended meanwhile does not count.
        func wakeups(since earlier: Snapshot) -> Int {
            wakeups.reduce(0) { $0 + $1.value - (earlier.wakeups[$1.key] ?? 0) }
        }
    }

    /// What it uses now.
    var snapshot: Snapshot {
        Snapshot(
            threads: threads,
            descriptors: descriptors,
            residentMegabytes: residentMegabytes,
            processorSeconds: processorSeconds,
            wakeups: wakeups
        )
    }
}
