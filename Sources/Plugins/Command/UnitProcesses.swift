internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol
internal import Workceptor

/// The processes that a unit's command started, wherever they are now.
enum UnitProcesses {
    /// The ends of how many processes are waited for before all are looked at anew: each takes a descriptor meanwhile.
    private static let awaitedAtOnce = 16

    /// Kills the unit's command and what it started: the processes that carry the unit's mark in their environment, also
    /// those that got a number of theirs later, and those that write to its output, which is kept as a rule by a command
    /// that clears its environment.
    ///
    /// - Parameter record: what the unit's runner wrote down of the command, where that is known.
    /// - Returns: how many were killed.
    /// - Throws: `SystemError`, when the machine is too short of something to tell whether there are any.
    static func killAll(of unit: WorkUnit, _ record: RunnerRecord?) throws(SystemError) -> Int {
        let mark = Mark(unit, record)
        var killed: Set<Int32> = []
        // Again until a pass finds none: they may be forking.
        for _ in 0..<10 {
            var isDone = true
            var ending: [ChildProcess] = []
            for pid in try Files.names(in: "/proc").compactMap({ Int32($0) }) where try mark.isOn(pid) {
                isDone = false
                // First hold of the number, then proof that it still is the unit's: it may have changed hands.
                guard let process = try ChildProcess.find(pid), try mark.isOn(pid) else { continue }
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
}

/// What shows of a process that it is a unit's.
private struct Mark {
    private let directory: String
    private let name: Substring
    private let directoryID: FileID?
    private let output: FileID?
    private let command: ProcessStamp?

    init(_ unit: WorkUnit, _ record: RunnerRecord?) {
        directory = unit.directory
        name = directory[(directory.lastIndex(of: "/") ?? directory.startIndex)...]
        directoryID = FileID(path: directory)
        command = record?.command
        // Whoever has replaced the file may have given its number to another one.
        output = record?.output.flatMap { $0 == FileID(path: unit.stdoutPath) ? $0 : nil }
    }

    /// A process that has ended, also one that nobody has reaped, has neither environment nor files.
    func isOn(_ pid: Int32) throws(SystemError) -> Bool {
        // A unit may have started its own node again.
        guard pid != getpid() else { return false }
        if let command, pid == command.pid, let entry = ProcessTable.entry(of: pid) {
            return entry.startTime == command.startTime && !entry.isZombie
        }
        if let output, [1, 2].contains(where: { FileID(path: "/proc/\(pid)/fd/\($0)") == output }) { return true }
        return try isInEnvironment(of: pid)
    }

    private func isInEnvironment(of pid: Int32) throws(SystemError) -> Bool {
        let environment: [UInt8]
        do throws(SystemError) { environment = try Files.read("/proc/\(pid)/environ", limit: 4 << 20) } catch {
            guard error.isShortage else { return false }
            throw error
        }
        let beginning = Array("\(RunnerOrder.unitVariable)=".utf8)
        return environment.split(separator: 0).contains { variable in
            guard variable.starts(with: beginning) else { return false }
            let path = String(decoding: variable.dropFirst(beginning.count), as: UTF8.self)
            // The daemon may have named the directory in another way when the command was started.
            return path == directory
                || (path.hasSuffix(name) && directoryID != nil && FileID(path: path) == directoryID)
        }
    }
}
