internal import Glibc
internal import RunnerProtocol

/// The runner's side of the record file.
struct Record {
    private let descriptor: Int32
    private var offset: Int

    /// Creates the record, which claims the unit.
    ///
    /// - Returns: `nil` when the unit was claimed before, or when the record cannot be written (no space): in both
    ///   cases the command must not start.
    init?(directory: String, claim: String) {
        // Creating the file is the claim: it fails where there is one.
        let path = directory + "/" + RunnerRecord.fileName
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        // Space for all lines to come is taken now, by writing the whole block: at the end of the work there may be
        // none left.
        offset = claim.utf8.count
        let block = Array(claim.utf8) + [UInt8](repeating: 0, count: RunnerRecord.blockSize - offset)
        guard pwrite(descriptor, block, block.count, 0) == block.count, isStillThere(path) else {
            let failure = errno
            close(descriptor)
            errno = failure
            return nil
        }
    }

    /// Whether the file still has its name: a daemon that waited in vain for the claim to be written has taken it away.
    private func isStillThere(_ path: String) -> Bool {
        var mine = stat()
        var there = stat()
        guard fstat(descriptor, &mine) == 0, stat(path, &there) == 0 else { return false }
        guard mine.st_dev == there.st_dev, mine.st_ino == there.st_ino else {
            errno = EEXIST
            return false
        }
        return true
    }

    /// Writes a line behind the others.
    @discardableResult
    mutating func append(_ line: String) -> Bool {
        var line = line
        let start = offset
        let count = line.utf8.count
        guard start + count < RunnerRecord.blockSize else { return false }
        let written = line.withUTF8 { pwrite(descriptor, $0.baseAddress, count, off_t(start)) }
        guard written == count else { return false }
        offset += count
        return true
    }
}
