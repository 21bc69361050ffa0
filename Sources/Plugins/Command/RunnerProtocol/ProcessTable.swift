internal import CLinux
internal import Glibc

/// What `/proc` tells about processes.
public enum ProcessTable {
    /// What is needed of `/proc/PID/stat`.
    public struct Entry: Sendable, Hashable {
        /// The process's number.
        public var pid: Int32
        /// The parent's number.
        public var parent: Int32
        /// The process group.
        public var group: Int32
        /// The session.
        public var session: Int32
        /// Clock ticks since boot when it started.
        public var startTime: UInt64
        /// Whether it has ended and only waits to be reaped.
        public var isZombie: Bool
    }

    /// The entry of one process; `nil` when there is none.
    public static func entry(of pid: Int32) -> Entry? {
        guard let text = read("/proc/\(pid)/stat", limit: 1024) else { return nil }
        return parse(text)
    }

    /// The stamp of a process; `nil` when there is none.
    public static func stamp(of pid: Int32) -> ProcessStamp? {
        entry(of: pid).map { ProcessStamp(pid: pid, startTime: $0.startTime) }
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let item = readdir(directory) {
            names.append(
                withUnsafePointer(to: &item.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names.filter { !$0.hasPrefix(".") }
    }

    /// The processes below one, children of children included.
    public static func descendants(of root: Int32) -> [Int32] {
        var found: [Int32] = []
        var known: Set<Int32> = [root]
        var next = [root]
        while let parent = next.popLast() {
            for child in children(of: parent) where known.insert(child).inserted {
                found.append(child)
                next.append(child)
            }
        }
        return found
    }

    /// The children of a process, whichever of its threads started them.
    public static func children(of pid: Int32) -> [Int32] {
        names(in: "/proc/\(pid)/task").flatMap { thread in
            let list = read("/proc/\(pid)/task/\(thread)/children", limit: 1 << 20) ?? []
            return list.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
        }
    }

    /// The machine's present boot, an identifier that changes with each.
    public static func bootID() -> String {
        let text = read("/proc/sys/kernel/random/boot_id", limit: 64) ?? []
        return String(decoding: text.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    /// Reads the content of `/proc/PID/stat`: the fields after the command name, which may itself contain blanks and
    /// parentheses. `nil` when it is none.
    public static func parse(_ stat: [UInt8]) -> Entry? {
        guard let close = stat.lastIndex(of: UInt8(ascii: ")")), let open = stat.firstIndex(of: UInt8(ascii: "("))
        else { return nil }
        let number = stat[..<open].filter { $0 != UInt8(ascii: " ") }
        let fields = stat[(close + 1)...].split(separator: UInt8(ascii: " ")).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count > 19, let pid = Int32(String(decoding: number, as: UTF8.self)),
            let parent = Int32(fields[1]),
            let group = Int32(fields[2]), let session = Int32(fields[3]), let start = UInt64(fields[19])
        else { return nil }
        return Entry(
            pid: pid,
            parent: parent,
            group: group,
            session: session,
            startTime: start,
            isZombie: fields[0] == "Z" || fields[0] == "X"
        )
    }

    /// At most `limit` bytes of a file. Those of `/proc` come in parts of any size, so the end is an empty one.
    private static func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let room = min(4096, limit - bytes.count)
            let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                count = max(0, Glibc.read(descriptor, buffer.baseAddress, room))
            }
            if part.isEmpty { break }
            bytes.append(contentsOf: part)
        }
        return bytes
    }
}
