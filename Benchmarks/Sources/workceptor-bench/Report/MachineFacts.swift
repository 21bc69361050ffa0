internal import Glibc

/// What a figure depends on besides the program.
struct MachineFacts: Sendable {
    /// Names and values, in the order in which they are shown.
    let all: [(name: String, value: String)]

    init(folders: Folders, binaries: String) {
        let processor = Self.value("model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown"
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let memory = (sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))) >> 20
        var system = utsname()
        uname(&system)
        let load = TextFile.read("/proc/loadavg")?.split(separator: " ").prefix(3).joined(separator: " ") ?? "unknown"
        let busy = (load.split(separator: " ").first.flatMap { Double($0) } ?? 0) > 0.5
        let sizes = ["workceptor", "workceptor-runner", "workceptorctl"].compactMap { name in
            Self.size("\(binaries)/\(name)").map { "\(name) \(Decimal.text(Double($0) / 1e6, digits: 1)) MB" }
        }
        all = [
            ("processor", "\(processor), \(cores) cores"),
            ("memory", "\(memory) MiB"),
            ("kernel", "\(Self.text(&system.sysname)) \(Self.text(&system.release)) \(Self.text(&system.machine))"),
            ("date", Self.date),
            ("load", load + (busy ? " (busy: the figures are worse than the program)" : "")),
            ("data in memory", folders.memoryKind),
            ("data on disk", folders.diskKind ?? "no disk found: not measured"),
            ("binaries", sizes.joined(separator: ", ")),
        ]
    }

    private static var date: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M UTC", &parts)
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    private static func size(_ path: String) -> Int? {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : nil
    }

    private static func text<Characters>(_ characters: inout Characters) -> String {
        withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func value(_ key: String, in path: String, separator: Character) -> String? {
        let line = TextFile.read(path)?.split(separator: "\n").first { $0.hasPrefix(key) }
        guard let line, let start = line.firstIndex(of: separator) else { return nil }
        return String(line[line.index(after: start)...].drop { $0 == " " })
    }
}
