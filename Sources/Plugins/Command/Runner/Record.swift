internal import Glibc
internal import RunnerProtocol

/// The runner's side of the record file.
struct Record {
    private let descriptor: Int32
    private let isDurable: Bool
    private var offset: Int

    /// Creates the record, which claims the unit.
    ///
    /// - Parameter isDurable: whether the claim is on the disk on return, and each end is when it is written.
    /// - Returns: `nil` when the unit was claimed before, or when the record cannot be written (no space): in both
    ///   cases the command must not start.
    init?(directory: String, claim: String, isDurable: Bool) {
        // Creating the file is the claim: it fails where there is one.
        let path = directory + "/" + RunnerRecord.fileName
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        self.isDurable = isDurable
        // Space for all lines to come is taken now, by writing the whole block: at the end of the work there may be
        // none left.
        let lines = claim + (FileID(descriptor: descriptor).map(RunnerRecord.fileLine) ?? "")
        offset = lines.utf8.count
        let block = Array(lines.utf8) + [UInt8](repeating: 0, count: max(0, RunnerRecord.blockSize - offset))
        guard Self.write(block, to: descriptor, at: 0), !isDurable || Self.isKept(descriptor, in: directory),
            isStillThere(path)
        else {
            let failure = errno
            close(descriptor)
            errno = failure
            return nil
        }
    }

    /// Whether file and name are on the disk. A file system that cannot sync directories has no more to give.
    private static func isKept(_ descriptor: Int32, in directory: String) -> Bool {
        guard fdatasync(descriptor) == 0 else { return false }
        let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return false }
        let isSynced = fsync(parent) == 0 || errno == EINVAL || errno == ENOTSUP
        let failure = errno
        close(parent)
        errno = failure
        return isSynced
    }

    /// Whether the file still has its name: a daemon that waited in vain for the claim to be written has taken it away.
    private func isStillThere(_ path: String) -> Bool {
        guard let mine = FileID(descriptor: descriptor), let there = FileID(path: path) else { return false }
        guard mine == there else {
            errno = EEXIST
            return false
        }
        return true
    }

    /// Writes a line behind the others.
    mutating func append(_ line: String) {
        let bytes = Array(line.utf8)
        guard offset + bytes.count < RunnerRecord.blockSize, Self.write(bytes, to: descriptor, at: offset) else {
            return
        }
        offset += bytes.count
    }

    /// Writes how the work ended: on the disk on return, where that is asked for.
    mutating func append(_ end: RunnerRecord.End, stdoutSize: Int64 = 0, diskFull: Bool = false) {
        append(RunnerRecord.endLine(end, stdoutSize: stdoutSize, diskFull: diskFull))
        if isDurable { fdatasync(descriptor) }
    }

    /// Writes all of the bytes; a disk with little space may take them in parts.
    private static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
