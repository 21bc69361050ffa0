internal import CLinux
internal import Glibc

/// Facts about this machine and this process.
public enum Machine {
    /// How many processors may be used.
    public static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// The machine's memory in MiB.
    public static var memoryMiB: Int { (Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))) >> 20 }

    /// This process's executable; `nil` where `/proc` is missing.
    public static var executablePath: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What the kernel calls the time since the machine was started; empty where it does not tell.
    public static var bootID: String {
        guard let file = try? Descriptor(opening: "/proc/sys/kernel/random/boot_id", flags: O_RDONLY, for: "open"),
            let text = try? file.read(upTo: 64)
        else { return "" }
        return String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// The value of an environment variable; `nil` when it is not set.
    public static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Raises the soft limit on open files to the hard one, since each running unit holds one descriptor.
    ///
    /// - Returns: the soft limit before, which is what the units' commands get.
    public static func raiseOpenFilesLimit() -> UInt64 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        let before = UInt64(limit.rlim_cur)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return before
    }

    /// How many descriptors this process may have open now.
    public static var openFilesLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Opens /dev/null where standard input, output or error are closed, before anything else can be opened there.
    public static func openStandardDescriptors() { _ = cl_open_standard_descriptors() }

    /// Has signals do nothing in this process; those that it starts have their defaults.
    public static func disregard(signals: [Int32]) {
        for number in signals { cl_disregard_signal(number) }
    }

    /// Lets go of code that only the start needed: most of what a daemon has touched by then.
    public static func releaseStartUpCode() { cl_release_code() }
}
