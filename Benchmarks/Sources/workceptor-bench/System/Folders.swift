internal import Glibc

/// Where the benchmark keeps what it makes: one folder in memory and one on a disk.
struct Folders: Sendable {
    /// A kind of place.
    enum Place: Sendable {
        case memory, disk
    }

    let memory: String
    /// `nil` where no disk was found.
    let disk: String?
    /// The kinds of file system, for the report.
    let memoryKind: String
    let diskKind: String?

    /// Chooses and makes the folders. Throughput needs room for two payloads and more.
    init() throws {
        let name = "workceptor-bench-\(getpid())"
        let temporary = getenv("TMPDIR").map { String(cString: $0) }
        let candidates = [temporary, "/tmp", "/var/tmp"].compactMap { $0 }
        let inMemory = (["/dev/shm", "/run"] + candidates).first { Self.isMemory($0) && Self.hasRoom($0) }
        let onDisk = candidates.first { !Self.isMemory($0) && access($0, W_OK) == 0 }
        guard let first = inMemory ?? onDisk else { throw Failure("no folder to work in: set TMPDIR") }
        memory = "\(first)/\(name)"
        memoryKind = Self.kind(first)
        disk = onDisk.map { "\($0)/\(name)" }
        diskKind = onDisk.map { "\($0), \(Self.kind($0))" }
        for folder in all where mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw Failure.system("create \(folder)")
        }
    }

    /// Both, as far as they are there.
    var all: [String] { [memory] + (disk.map { [$0] } ?? []) }

    /// The folder of a kind; `nil` where there is none.
    func path(_ place: Place) -> String? { place == .memory ? memory : disk }

    private static func isMemory(_ path: String) -> Bool { kind(path) == "tmpfs" }

    private static func hasRoom(_ path: String) -> Bool {
        var info = statvfs()
        return access(path, W_OK) == 0 && statvfs(path, &info) == 0
            && UInt64(info.f_bavail) * UInt64(info.f_frsize) > 1 << 30
    }

    /// The kind of file system that a path is on.
    private static func kind(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return "missing" }
        defer { free(real) }
        let place = String(cString: real)
        var best = (length: -1, kind: "unknown")
        for line in (TextFile.read("/proc/self/mounts") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 2 else { continue }
            let mount = words[1]
            let isAbove = mount == "/" || place == mount || place.hasPrefix(mount + "/")
            // A later mount hides an earlier one of the same name.
            if isAbove && mount.utf8.count >= best.length { best = (mount.utf8.count, String(words[2])) }
        }
        return best.kind
    }
}
