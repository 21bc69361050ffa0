import Foundation

/// A small disk of a node's own, in a mount name space that goes away with the test.
///
/// A process holds the name space; the daemon is started inside it, and the test reaches the disk through that
/// process's root in `/proc`.
final class SmallDisk {
    private static let options = getuid() == 0 ? ["-m"] : ["-r", "-m"]
    private static let mount = #"mount -t tmpfs -o size="$1",mode=0700 tmpfs "$0" && echo mounted && exec sleep 100000"#

    /// Whether this user may make mount name spaces.
    static let isAvailable: Bool = {
        let works = (try? Scratch.with { try SmallDisk($0, kilobytes: 64) }) != nil
        if !works { print("tests with full disks are skipped: this user may not mount in a name space of its own") }
        return works
    }()

    private let holder: Program
    /// The disk's path inside the name space, for the daemon.
    let path: String
    private var fillers: [String] = []

    init(_ scratch: Scratch, kilobytes: Int) throws {
        path = scratch.file("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        holder = try Program("unshare", Self.options + ["sh", "-c", Self.mount, path, "\(kilobytes)k"])
        guard holder.output.wait(10, until: { $0.contains("mounted") }) else {
            throw Unexpected("no small disk: \(holder.errors.text)")
        }
    }

    deinit {
        holder.signal(SIGKILL)
        holder.wait(5)
    }

    /// What starts a program inside the name space.
    var wrapper: [String] {
        ["nsenter", "-t", "\(holder.pid)"] + (getuid() == 0 ? ["-m"] : ["-U", "--preserve-credentials", "-m"]) + ["--"]
    }

    /// Where this process finds a file of the disk.
    func outside(_ path: String) -> String { "/proc/\(holder.pid)/root\(path)" }

    /// Takes the space that is left.
    func fill() throws {
        let name = outside("\(path)/.fill\(fillers.count)")
        fillers.append(name)
        let file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFailure("open") }
        defer { close(file) }
        for size in [65_536, 4_096, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) == size {}
        }
        guard errno == ENOSPC else { throw SystemFailure("write") }
    }

    /// Gives the space back.
    func free() {
        for name in fillers { unlink(name) }
        fillers = []
    }
}
