internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol

/// The processes that a unit's command started, wherever they are now.
enum UnitProcesses {
    /// Kills every process that carries the unit's mark in its environment, which is how the command's descendants are
    /// told from everybody else's processes, also from those that got a number of theirs later.
    ///
    /// - Returns: how many were killed.
    static func killAll(of directory: String) -> Int {
        var killed: Set<Int32> = []
        // Again until a pass finds none: they may be forking.
        for _ in 0..<10 {
            let marked = ProcessTable.all().filter { !$0.isZombie && isMarked($0.pid, directory) }
            if marked.isEmpty { break }
            for process in marked {
                guard let handle = try? ChildProcess.find(process.pid), isMarked(process.pid, directory) else {
                    continue
                }
                if (try? handle.signal(SIGKILL)) != nil { killed.insert(process.pid) }
            }
            usleep(2_000)
        }
        return killed.count
    }

    private static func isMarked(_ pid: Int32, _ directory: String) -> Bool {
        guard let environment = try? Files.read("/proc/\(pid)/environ", limit: 4 << 20) else { return false }
        let mark = Array("\(RunnerOrder.unitVariable)=\(directory)".utf8)
        return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
    }
}
