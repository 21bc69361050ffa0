internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol

/// The processes that a unit's command started, wherever they are now.
enum UnitProcesses {
    /// The ends of how many processes are waited for before all are looked at anew: each takes a descriptor meanwhile.
    private static let awaitedAtOnce = 16

    /// Kills every process that carries the unit's mark in its environment, which is how the command's descendants are
    /// told from everybody else's processes, also from those that got a number of theirs later.
    ///
    /// - Returns: how many were killed.
    /// - Throws: `SystemError`, when the machine is too short of something to tell whether there are any.
    static func killAll(of directory: String) throws(SystemError) -> Int {
        var killed: Set<Int32> = []
        // Again until a pass finds none: they may be forking.
        for _ in 0..<10 {
            var isDone = true
            var ending: [ChildProcess] = []
            for pid in try Files.names(in: "/proc").compactMap({ Int32($0) }) where try isMarked(pid, directory) {
                isDone = false
                // First hold of the number, then proof that it still is the unit's: it may have changed hands.
                guard let process = try ChildProcess.find(pid), try isMarked(pid, directory) else { continue }
                guard (try? process.signal(SIGKILL)) != nil else { continue }
                killed.insert(pid)
                if ending.count < awaitedAtOnce { ending.append(process) }
            }
            if isDone { break }
            // One that the kernel cannot end at present holds nothing up.
            _ = ending.allSatisfy { $0.awaitEnd(milliseconds: 20) }
        }
        return killed.count
    }

    /// A process that has ended, also one that nobody has reaped, has no environment.
    private static func isMarked(_ pid: Int32, _ directory: String) throws(SystemError) -> Bool {
        let environment: [UInt8]
        do throws(SystemError) { environment = try Files.read("/proc/\(pid)/environ", limit: 4 << 20) } catch {
            guard error.isShortage else { return false }
            throw error
        }
        let mark = Array("\(RunnerOrder.unitVariable)=\(directory)".utf8)
        return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
    }
}
