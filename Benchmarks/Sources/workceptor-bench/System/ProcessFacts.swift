internal import Glibc

/// What `/proc` tells of a process.
struct ProcessFacts: Sendable {
    let pid: pid_t

    /// Resident memory in MB.
    var residentMegabytes: Double { kilobytes("VmRSS:", in: "status") }

    /// Memory that is its own, with its share of what it shares, in MB.
    var proportionalMegabytes: Double { kilobytes("Pss:", in: "smaps_rollup") }

    /// How many descriptors are open.
    var descriptors: Int { FileTree.names(in: "/proc/\(pid)/fd").count }

    /// How many threads it has.
    var threads: Int { tasks.count }

    /// User and system time used, in seconds.
    var processorSeconds: Double {
        guard let fields = Self.fields(pid), fields.count > 12 else { return .nan }
        let ticks = (Double(fields[11]) ?? .nan) + (Double(fields[12]) ?? .nan)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// How often each of its threads has slept so far, which is as often as it was woken.
    var wakeups: [String: Int] {
        let counts = tasks.map { ($0, Self.number("voluntary_ctxt_switches:", "/proc/\(pid)/task/\($0)/status") ?? 0) }
        return Dictionary(counts) { $1 }
    }

    private var tasks: [String] { FileTree.names(in: "/proc/\(pid)/task") }

    /// The processes that it started and that still are there.
    var children: [ProcessFacts] { Self.all().filter { $0.parent == pid }.map { ProcessFacts(pid: $0.pid) } }

    /// The runners of a daemon's units, which its spawner forks. The one that waits for the next unit has no folder in its
    /// title.
    var runners: [ProcessFacts] {
        children.flatMap(\.children).filter { process in
            TextFile.read("/proc/\(process.pid)/cmdline")?.hasPrefix("workceptor-runner /") ?? false
        }
    }

    /// All processes below it, zombies included.
    var descendants: [ProcessFacts] {
        let all = Self.all()
        var found: [pid_t] = []
        var parents: Set<pid_t> = [pid]
        while !parents.isEmpty {
            let next = all.filter { parents.contains($0.parent) }.map(\.pid)
            found += next
            parents = Set(next)
        }
        return found.map { ProcessFacts(pid: $0) }
    }

    private static func all() -> [(pid: pid_t, parent: pid_t)] {
        FileTree.names(in: "/proc").compactMap { name in
            guard let pid = pid_t(name), let fields = fields(pid), fields.count > 1 else { return nil }
            return pid_t(fields[1]).map { (pid, $0) }
        }
    }

    /// The fields of `stat` behind the name, which itself may hold anything: the first is the state.
    private static func fields(_ pid: pid_t) -> [Substring]? {
        guard let text = TextFile.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private func kilobytes(_ key: String, in file: String) -> Double {
        Self.number(key, "/proc/\(pid)/\(file)").map { Double($0) * 1024 / 1e6 } ?? .nan
    }

    private static func number(_ key: String, _ path: String) -> Int? {
        guard let text = TextFile.read(path) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.dropFirst(key.count).split(whereSeparator: { $0 == " " || $0 == "\t" }).first.flatMap { Int($0) }
    }
}
