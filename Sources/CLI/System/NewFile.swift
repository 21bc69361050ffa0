import Glibc

/// A file that is written aside and then put in its place, so that nobody ever sees half of it.
struct NewFile {
    let path: String
    /// The permission bits, whatever the umask.
    let mode: mode_t

    init(_ path: String, mode: mode_t) {
        self.path = path
        self.mode = mode
    }

    private var temporaryPath: String { "\(path).\(getpid()).new" }

    /// - Throws: ``CommandFailure`` when there is something at the path.
    func checkAbsence() throws {
        var entry = stat()
        guard lstat(path, &entry) != 0 else { throw exists }
    }

    /// Writes several files, each with its content; when one cannot be written none is put in its place.
    static func write(_ files: [(file: NewFile, content: String)], replacing: Bool) throws {
        // Those that were put in their place have no temporary file any more.
        defer { for (file, _) in files { unlink(file.temporaryPath) } }
        for (file, content) in files { try file.writeAside(content) }
        var placed: [NewFile] = []
        do {
            for (file, _) in files {
                try file.putInPlace(replacing: replacing)
                placed.append(file)
            }
        } catch {
            // Half a pair is of no use, but what was replaced is gone anyway.
            if !replacing { for file in placed { unlink(file.path) } }
            throw error
        }
    }

    private func writeAside(_ content: String) throws {
        unlink(temporaryPath)
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0o600)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var rest = Array(content.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure(errno)
            }
        }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw failure(errno) }
    }

    private func putInPlace(replacing: Bool) throws {
        // A link fails when the name is taken, where a rename would replace what has come there meanwhile.
        let result = replacing ? rename(temporaryPath, path) : link(temporaryPath, path)
        guard result == 0 else { throw errno == EEXIST ? exists : failure(errno) }
    }

    private var exists: CommandFailure { CommandFailure("\(path) exists already: use --force to replace it") }

    private func failure(_ number: CInt) -> CommandFailure {
        CommandFailure("Cannot write \(path): \(String(cString: strerror(number)))")
    }
}
