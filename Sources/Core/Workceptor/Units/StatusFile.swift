internal import Glibc
internal import LinuxSystem

/// The `status` file of a unit (work-units §1).
enum StatusFile {
    /// More than any status has; a longer file is not one.
    static let sizeLimit = 16 << 20

    /// Replaces the file while holding the lock that Receptor's tools take to read and change it.
    static func write(_ status: UnitStatus, to path: String) throws(SystemError) {
        let lock = try Descriptor(opening: path + ".lock", flags: O_RDWR | O_CREAT, for: "open")
        // Readers never see a half-written file even without the lock, so one who sits on it cannot hold work up.
        var attemptsLeft = 20
        while attemptsLeft > 0, flock(lock.number, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            attemptsLeft -= 1
            usleep(5_000)
        }
        try Files.replace(path, with: status.fileContent)
    }

    /// Reads a file.
    ///
    /// - Throws: `SystemError` or ``UnitStatusError``.
    static func read(_ path: String) throws -> UnitStatus {
        try UnitStatus(fileContent: try Files.read(path, limit: sizeLimit))
    }
}
