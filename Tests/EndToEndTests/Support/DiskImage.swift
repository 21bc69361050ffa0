import Foundation

/// An ext4 disk in a file, mounted in a mount name space of its own, so that nothing is left of it when the test ends.
///
/// In that name space the machine seems to have been started anew: its boot identifier is another one.
final class DiskImage {
    private static let mount = """
        mount -o loop,commit=300 "$1" "$0" && mount --bind "$2" /proc/sys/kernel/random/boot_id && echo mounted \
        && exec sleep 100000
        """

    /// Whether this user may mount images.
    static let isAvailable: Bool = {
        let works = getuid() == 0 && (try? Scratch.with { try DiskImage($0, megabytes: 8) }) != nil
        if !works { print("tests with disk images are skipped: this user may not mount them") }
        return works
    }()

    /// The file with the disk's content.
    let file: String
    /// The disk's path inside the name space, for the daemon.
    let path: String
    private let holder: Program

    /// An empty disk.
    convenience init(_ scratch: Scratch, megabytes: Int) throws {
        let file = scratch.file("image")
        try Self.run("truncate", ["-s", "\(megabytes)M", file])
        try Self.run("mkfs.ext4", ["-q", "-F", file])
        try self.init(file: file, in: scratch)
    }

    /// The disk that a file holds, after a power cut.
    init(file: String, in scratch: Scratch) throws {
        self.file = file
        path = scratch.file("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let bootID = try scratch.write("boot_id", UUID().uuidString.lowercased() + "\n")
        holder = try Program("unshare", ["-m", "sh", "-c", Self.mount, path, file, bootID])
        guard holder.output.wait(20, until: { $0.contains("mounted") }) else {
            throw Unexpected("no disk: \(holder.errors.text)")
        }
    }

    deinit {
        holder.signal(SIGKILL)
        holder.wait(10)
    }

    /// What starts a program inside the name space.
    var wrapper: [String] { ["nsenter", "-t", "\(holder.pid)", "-m", "--"] }

    /// Copies what the disk has got to see so far.
    func copy(to copy: String) throws { try Self.run("cp", ["--sparse=always", file, copy]) }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let finished = try Program.run(program, arguments, within: 60)
        guard finished.end == .exited(0) else { throw Unexpected("\(program): \(finished.errors)") }
    }
}
