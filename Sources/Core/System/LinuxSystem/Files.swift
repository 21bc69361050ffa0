internal import Glibc

/// Whole-file operations, each atomic towards readers. All of them block: call them from a ``DiskQueue``.
public enum Files {
    /// The content of a file.
    ///
    /// - Parameter limit: bytes; a longer file is refused with `EFBIG`.
    /// - Throws: ``SystemError``.
    public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try openRegular(path)
        // Only an empty part is the end: files of /proc come in parts of any size.
        var bytes: [UInt8] = []
        var chunk = min(4096, limit + 1)
        while true {
            let part: [UInt8]
            do { part = try file.read(upTo: chunk) } catch { throw SystemError("read", path: path, code: error.code) }
            if part.isEmpty { return bytes }
            bytes.append(contentsOf: part)
            guard bytes.count <= limit else { throw SystemError("read", path: path, code: EFBIG) }
            chunk = min(256 << 10, limit + 1 - bytes.count)
        }
    }

    /// Opens a file to read it. It must be an ordinary one, and itself no symbolic link: what else there may be in its
    /// place, such as a pipe, could block for ever, or belong to somebody else.
    ///
    /// - Throws: ``SystemError``, with `EINVAL` where it is none.
    public static func openRegular(_ path: String) throws(SystemError) -> Descriptor {
        let file = try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW, for: "read")
        var info = stat()
        guard fstat(file.number, &info) == 0 else { throw .current("read", path: path) }
        guard info.st_mode & S_IFMT == S_IFREG else { throw SystemError("read", path: path, code: EINVAL) }
        return file
    }

    /// Replaces a file in one step: a reader sees the old content or the new, never a part.
    ///
    /// The content goes to a file beside it first, which is removed when anything fails.
    /// - Parameter synchronize: whether the content is on the disk before it takes the name.
    /// - Throws: ``SystemError``.
    public static func replace(
        _ path: String,
        with bytes: [UInt8],
        mode: UInt32 = 0o600,
        synchronize: Bool = false
    ) throws(SystemError) {
        let aside = path + ".new"
        do throws(SystemError) {
            let file = try Descriptor(opening: aside, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode, for: "write")
            try file.write(bytes)
            if synchronize, fsync(file.number) != 0 { throw .current("write") }
            guard Glibc.rename(aside, path) == 0 else { throw .current("rename") }
        } catch {
            let code = error.code
            unlink(aside)
            throw SystemError("write", path: path, code: code)
        }
    }

    /// Creates an empty file, which must not exist.
    ///
    /// - Throws: ``SystemError``.
    public static func createEmpty(_ path: String, mode: UInt32 = 0o600) throws(SystemError) {
        _ = try Descriptor(opening: path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode, for: "create")
    }

    /// Makes a directory, which must not exist.
    ///
    /// - Throws: ``SystemError``.
    public static func makeDirectory(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
        guard mkdir(path, mode) == 0 else { throw .current("create", path: path) }
    }

    /// Makes a directory and those above it as far as they are missing.
    ///
    /// - Throws: ``SystemError``.
    public static func makeDirectories(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
        if mkdir(path, mode) == 0 || errno == EEXIST {
            guard isDirectory(path) else { throw SystemError("create", path: path, code: ENOTDIR) }
            return
        }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw .current("create", path: path)
        }
        try makeDirectories(String(path[..<slash]), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .current("create", path: path) }
    }

    /// Whether there is a directory of that name.
    public static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether there is anything of that name.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether there is a file of that name that this process may execute.
    public static func isExecutable(_ path: String) -> Bool { !isDirectory(path) && access(path, X_OK) == 0 }

    /// The size of a file in bytes; `nil` when there is none.
    public static func size(of path: String) -> Int64? {
        var info = stat()
        return stat(path, &info) == 0 ? Int64(info.st_size) : nil
    }

    /// When a file was last changed, in seconds since 1970; `nil` when there is none.
    public static func modificationTime(of path: String) -> Int64? {
        var info = stat()
        return stat(path, &info) == 0 ? Int64(info.st_mtim.tv_sec) : nil
    }

    /// Gives a file a new name, replacing what has it.
    ///
    /// - Throws: ``SystemError``.
    public static func rename(_ path: String, to newPath: String) throws(SystemError) {
        guard Glibc.rename(path, newPath) == 0 else { throw .current("rename", path: path) }
    }

    /// The names in a directory, without `.` and `..`, in no order.
    ///
    /// - Throws: ``SystemError``.
    public static func names(in path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw .current("list", path: path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            // Only `errno` tells an error from the end.
            errno = 0
            guard let item = readdir(directory) else { break }
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw .current("list", path: path) }
        return names
    }

    /// Deletes a file; that there is none is no error.
    ///
    /// - Throws: ``SystemError``.
    public static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .current("delete", path: path) }
    }

    /// Deletes a directory and everything in it; symbolic links are deleted, not followed.
    ///
    /// - Throws: ``SystemError``; what could be deleted is gone then.
    public static func removeTree(_ path: String) throws(SystemError) {
        let names: [String]
        do { names = try self.names(in: path) } catch {
            if error.isNotFound { return }
            throw error
        }
        for name in names {
            let child = path + "/" + name
            if unlink(child) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM else { throw .current("delete", path: child) }
            try removeTree(child)
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .current("delete", path: path) }
    }
}
