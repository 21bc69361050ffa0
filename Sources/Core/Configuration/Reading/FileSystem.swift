internal import Glibc

/// The few system calls that reading a configuration takes.
enum FileSystem {
    /// Why a system call failed, in the system's words.
    struct Failure: Error {
        /// One phrase, without the path.
        var reason: String

        init(_ reason: String) { self.reason = reason }

        /// The failure that `errno` tells of.
        static var last: Failure { Failure(String(cString: strerror(errno))) }
    }

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: a regular file: anything else could keep the reader waiting for ever.
    ///   - limit: the most bytes that are read; a longer file is refused.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        // Not to wait for somebody who writes to a pipe; regular files do not care.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw Failure(String(cString: strerror(EISDIR)))
        default: throw Failure("it is not a regular file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            guard count > 0 else { return bytes }
            bytes += chunk.prefix(count)
            guard bytes.count <= limit else { throw Failure("it has more than \(limit / (1024 * 1024)) MiB") }
        }
    }

    /// Why a file cannot be read, or `nil` if it can.
    static func readingProblem(_ path: String) -> String? {
        guard !isDirectory(path) else { return Failure(String(cString: strerror(EISDIR))).reason }
        return access(path, R_OK) == 0 ? nil : Failure.last.reason
    }

    /// Whether there is a directory at a path.
    static func isDirectory(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

    /// Whether there is a regular file at a path.
    static func isRegularFile(_ path: String) -> Bool { kind(of: path) == S_IFREG }

    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// The names in a directory, in order, without hidden ones.
    static func visibleNames(in directory: String) throws(Failure) -> [String] {
        guard let stream = opendir(directory) else { throw .last }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .last }
        return names.sorted()
    }

    /// The machine's name, whole; `nil` if it has none.
    static func hostName() -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0, bytes[0] != 0 else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The folder of a file, for paths relative to it.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A path as seen from a folder; absolute paths stay as they are.
    static func path(_ path: String, from folder: String) -> String {
        guard !path.hasPrefix("/"), folder != "." else { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }
}
