internal import Glibc
internal import LinuxSystem

/// The right to a Unix socket's path, held through a lock beside it: a socket that a dead daemon left is taken over, a
/// living daemon's is not.
struct UnixSocketClaim {
    /// Why a path cannot be had.
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    /// Holds the lock.
    let lock: Descriptor

    /// - Throws: ``Refused`` or `SystemError`.
    init(_ path: String) throws {
        let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard path.utf8.count <= longest else {
            throw Refused(
                description: "the socket path has \(path.utf8.count) bytes, the system takes \(longest): \(path)"
            )
        }
        lock = try Descriptor(opening: path + ".lock", flags: O_RDWR | O_CREAT, for: "open")
        guard lock.lockExclusively() else {
            throw Refused(description: "another daemon listens at \(path): stop it, or choose another filename")
        }
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw Refused(description: "\(path) is there and is no socket: remove it, or choose another filename")
        }
        try Files.remove(path)
    }
}
