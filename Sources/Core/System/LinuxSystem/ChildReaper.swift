internal import CLinux
internal import Glibc
internal import Synchronization

/// Takes orphans out of the process table when they end, in a process that inherits them: the first one of a container,
/// or a subreaper.
///
/// Only what cannot be anybody else's business is reaped: children in a session other than this process's. What code of
/// this process starts is in its session, unless it was started in one of its own by ``ChildProcess``; both are for
/// those to reap who started them.
public final class ChildReaper: Sendable {
    /// Processes that ``ChildProcess`` started and will reap.
    private static let owned = Mutex<Set<Int32>>([])
    private static let shared = Mutex<ChildReaper?>(nil)

    private let ended: Descriptor
    private let session = getsid(0)

    private init(ended: Descriptor) { self.ended = ended }

    /// Begins, in a process that inherits orphans; for as long as it lives. Again does nothing.
    ///
    /// - Throws: ``SystemError``; orphans stay in the process table then.
    public static func startWhereNeeded(_ monitor: ReadinessMonitor) throws(SystemError) {
        guard cl_inherits_orphans() else { return }
        let result: Result<Void, SystemError> = shared.withLock { shared in
            guard shared == nil else { return .success(()) }
            return Result { () throws(SystemError) in
                let number = cl_watch_children()
                guard number >= 0 else { throw .current("watch for the ends of processes") }
                let reaper = ChildReaper(ended: Descriptor(owning: number))
                _ = try monitor.whenReadable(reaper.ended) { reaper.reap() }
                shared = reaper
                // Those that ended before.
                reaper.reapOrphans()
            }
        }
        try result.get()
    }

    private func reap() {
        var count: UInt64 = 0
        _ = read(ended.number, &count, MemoryLayout<UInt64>.size)
        reapOrphans()
    }

    private func reapOrphans() {
        for pid in Self.children() where getsid(pid) != session {
            // Locked, so that no child is reaped between its start and its entry.
            Self.owned.withLock { owned in if !owned.contains(pid) { _ = cl_reap(pid) } }
        }
    }

    /// Starts a child that is not to be reaped here.
    static func owning(_ start: () -> Int32?) -> Int32? {
        owned.withLock { owned in
            guard let pid = start() else { return nil }
            owned.insert(pid)
            return pid
        }
    }

    /// Reaps a child that ``owning(_:)`` started; `false` while it runs.
    @discardableResult
    static func reap(_ pid: Int32) -> Bool {
        owned.withLock { owned in
            guard owned.contains(pid) else { return true }
            guard cl_reap(pid) != 0 else { return false }
            owned.remove(pid)
            return true
        }
    }

    /// The children of this process, whichever of its threads has started or inherited them.
    private static func children() -> [Int32] {
        guard let threads = try? Files.names(in: "/proc/self/task") else { return [] }
        return threads.flatMap { thread in
            let list = (try? content(of: "/proc/self/task/\(thread)/children")) ?? []
            return list.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
        }
    }

    /// Reads to the end: files of `/proc` come in parts of any size.
    private static func content(of path: String) throws(SystemError) -> [UInt8] {
        let file = try Descriptor(opening: path, flags: O_RDONLY)
        var bytes: [UInt8] = []
        while case let part = try file.read(upTo: 4096), !part.isEmpty { bytes += part }
        return bytes
    }
}
