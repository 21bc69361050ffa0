internal import Glibc
internal import LinuxSystem
internal import TaskSupport

/// A Unix socket that listens at a path: a socket that a dead daemon left is taken over, a living daemon's is not.
///
/// Nothing but the socket's file lies there, and it is removed only as long as it is this socket's.
struct UnixListener: Sendable {
    /// Why a path cannot be had.
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private let path: String
    private let file: FileIdentity
    /// Listens; whoever uses it closes it.
    let descriptor: Int32

    /// - Throws: ``Refused``; nothing is left at the path then that was not there.
    init(at path: String, permissions: UInt32, backlog: Int32) async throws(Refused) {
        self.path = path
        guard var address = Self.address(path) else {
            let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
            throw Refused(
                description: "the socket path has \(path.utf8.count) bytes, the system takes \(longest): \(path)"
            )
        }
        let folder = await Self.lockFolder(of: path)
        defer { if folder >= 0 { close(folder) } }
        try Self.clear(path, &address)
        let listening = Self.socket()
        guard listening >= 0 else { throw Self.failure(path) }
        // The file gets the socket's mode, less what the umask takes: it never has more than it is to have.
        guard fchmod(listening, permissions) == 0, Self.withAddress(&address, { bind(listening, $0, $1) }) == 0 else {
            throw Self.failure(path, closing: listening)
        }
        guard chmod(path, permissions) == 0, listen(listening, backlog) == 0, let file = FileIdentity(of: path) else {
            let failure = Self.failure(path, closing: listening)
            unlink(path)
            throw failure
        }
        self.file = file
        descriptor = listening
    }

    /// Removes the socket's file, unless another one is there by now.
    func removeFile() { if FileIdentity(of: path) == file { unlink(path) } }

    /// Locks the folder against others who look and bind there at this moment; they are done within a second.
    private static func lockFolder(of path: String) async -> Int32 {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<100 where folder >= 0 {
            guard flock(folder, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR else { break }
            guard (try? await pause(for: .milliseconds(10))) != nil else { break }
        }
        return folder
    }

    /// Removes a socket that nobody listens at.
    private static func clear(_ path: String, _ address: inout sockaddr_un) throws(Refused) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw Refused(description: "\(path) is there and is no socket: remove it, or choose another filename")
        }
        let probe = socket()
        defer { close(probe) }
        guard withAddress(&address, { connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED || errno == ENOENT else {
            throw Refused(description: "another daemon listens at \(path): stop it, or choose another filename")
        }
        unlink(path)
    }

    private static func socket() -> Int32 {
        Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    }

    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    private static func withAddress(
        _ address: inout sockaddr_un,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    private static func failure(_ path: String, closing descriptor: Int32? = nil) -> Refused {
        let reason = String(cString: strerror(errno))
        if let descriptor { close(descriptor) }
        return Refused(description: "cannot listen at \(path): \(reason.prefix(1).lowercased() + reason.dropFirst())")
    }
}

/// Which file it is, whatever name it has.
private struct FileIdentity: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64

    /// `nil` when nothing is at the path.
    init?(of path: String) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        device = UInt64(info.st_dev)
        number = UInt64(info.st_ino)
    }
}
