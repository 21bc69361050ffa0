import CLinux
import Foundation

/// What `/proc` tells of the processes that units started.
enum ProcessScan {
    /// A process.
    struct Entry: Hashable, Sendable {
        let pid: Int32
        let parent: Int32
        let isZombie: Bool
        /// The command line with blanks between its words.
        let commandLine: String
        /// The unit's directory, from the mark in the environment.
        let mark: String?
    }

    static func all() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap(entry)
    }

    static func entry(_ pid: Int32) -> Entry? {
        guard let fields = fields(of: "\(pid)"), fields.count > 2, let parent = Int32(fields[1]) else { return nil }
        let words = (read("/proc/\(pid)/cmdline") ?? "").split(separator: "\0")
        let variables = (read("/proc/\(pid)/environ") ?? "").split(separator: "\0")
        let mark = variables.first { $0.hasPrefix("WORKCEPTOR_UNIT=") }.map { String($0.dropFirst(16)) }
        return Entry(
            pid: pid,
            parent: parent,
            isZombie: fields[0] == "Z" || fields[0] == "X",
            commandLine: words.joined(separator: " "),
            mark: mark
        )
    }

    /// The living processes of units whose directories' paths begin so: runners, commands and what these started.
    static func work(under prefix: String) -> [Entry] {
        all().filter { entry in
            guard !entry.isZombie, entry.pid != getpid() else { return false }
            return entry.mark?.hasPrefix(prefix) == true || isRunner(entry, under: prefix)
        }
    }

    static func isRunner(_ entry: Entry, under prefix: String) -> Bool {
        entry.commandLine.hasPrefix("workceptor-runner \(prefix)")
    }

    /// Kills them, each by its number, until none is left.
    static func killWork(under prefix: String) {
        for _ in 0..<50 {
            let found = work(under: prefix)
            if found.isEmpty { return }
            for entry in found {
                let handle = cl_pidfd_open(entry.pid)
                guard handle >= 0 else { continue }
                // The number may have changed hands since.
                if let now = self.entry(entry.pid), now.mark == entry.mark, now.commandLine == entry.commandLine {
                    _ = cl_pidfd_send_signal(handle, SIGKILL)
                    _ = Deadline(in: 2).wait(for: handle, events: Int32(POLLIN))
                }
                close(handle)
            }
        }
    }

    /// Whether all threads of a process were stopped, and are in no system call any more; also when it is gone.
    static func isStopped(_ pid: Int32) -> Bool {
        // One that is gone has none.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.allSatisfy { fields(of: "\(pid)/task/\($0)")?.first.map { "TtZX".contains($0) } ?? true }
    }

    /// What `/proc` tells of a process or a thread behind its name, from the state on; `nil` when it is gone.
    private static func fields(of process: String) -> [Substring]? {
        guard let stat = read("/proc/\(process)/stat"), let close = stat.lastIndex(of: ")") else { return nil }
        return stat[stat.index(after: close)...].split(separator: " ")
    }

    /// Clock ticks since boot at the start of a process.
    static func startTime(of pid: Int32) -> UInt64? {
        guard let fields = fields(of: "\(pid)"), fields.count > 19 else { return nil }
        return UInt64(fields[19])
    }

    /// Waits for the end of a process that is no child of this one; `false` when it does not come in time.
    static func awaitEnd(of pid: Int32, _ seconds: Double = patience) -> Bool {
        let handle = cl_pidfd_open(pid)
        guard handle >= 0 else { return true }
        defer { close(handle) }
        return Deadline(in: seconds).wait(for: handle, events: Int32(POLLIN))
    }

    private static func read(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        guard let data = try? file.readToEnd() else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
