internal import CLinux
internal import Glibc

/// What the kernel tells of a file.
public struct FileFacts: Sendable, Hashable {
    /// What kind of file it is.
    public enum Kind: Sendable, Hashable {
        case regular, directory, other
    }

    /// What kind of file it is.
    public var kind: Kind
    /// The user that it belongs to.
    public var owner: UInt32
    /// The permission bits.
    public var permissions: UInt32
    /// Bytes.
    public var size: Int64

    /// The facts of a file of these properties.
    public init(kind: Kind, owner: UInt32, permissions: UInt32, size: Int64) {
        self.kind = kind
        self.owner = owner
        self.permissions = permissions
        self.size = size
    }
}

/// The system calls of whoever must not lose what it writes: one seam, so that tests can make each of them fail, and
/// put a disk in the place of the real one that loses what was not synchronized.
///
/// Names are relative to a directory and never followed through symbolic links. All calls block.
public protocol FileSystemCalls: Sendable {
    /// Opens a file or directory; `directory` is `nil` for an absolute path.
    func open(_ name: String, in directory: Descriptor?, flags: Int32) throws(SystemError) -> Descriptor

    /// Makes a directory that only this user may enter.
    func makeDirectory(_ name: String, in directory: Descriptor) throws(SystemError)

    /// Gives a file or directory another name in the same directory, in one step, replacing a file or an empty directory
    /// that has it.
    func rename(_ name: String, to newName: String, in directory: Descriptor) throws(SystemError)

    /// Has two files of the same directory take each other's names, in one step.
    func exchange(_ name: String, with otherName: String, in directory: Descriptor) throws(SystemError)

    /// Removes a file, or an empty directory.
    func remove(_ name: String, in directory: Descriptor, isDirectory: Bool) throws(SystemError)

    /// The names in a directory, without `.` and `..`, in no order.
    func names(in directory: Descriptor) throws(SystemError) -> [String]

    /// What is known of an open file.
    func facts(of file: Descriptor) throws(SystemError) -> FileFacts

    /// What is known of a file of that name.
    func facts(of name: String, in directory: Descriptor) throws(SystemError) -> FileFacts

    /// Reads at most so many bytes from the present position; empty at the end.
    func read(_ file: Descriptor, upTo count: Int) throws(SystemError) -> [UInt8]

    /// Writes all of the bytes at the present position.
    func write(_ bytes: UnsafeRawBufferPointer, to file: Descriptor) throws(SystemError)

    /// Begins to bring a file's content to the disk, without waiting.
    func startWriting(_ file: Descriptor)

    /// Returns when the disk has the file's content or the directory's entries.
    func synchronize(_ file: Descriptor) throws(SystemError)

    /// Returns when the disk has everything that was written to the file system of a file.
    func synchronizeFileSystem(of file: Descriptor) throws(SystemError)
}

extension FileSystemCalls {
    /// Writes all of the bytes at the present position.
    public func write(_ bytes: [UInt8], to file: Descriptor) throws(SystemError) {
        let result: Result<Void, SystemError> = bytes.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try write(bytes, to: file) }
        }
        try result.get()
    }

    /// Opens a file that must be an ordinary one: what else there may be in its place, such as a pipe, could block for
    /// ever.
    public func openRegular(_ name: String, in directory: Descriptor, flags: Int32) throws(SystemError) -> Descriptor {
        let file = try open(name, in: directory, flags: flags | O_NONBLOCK)
        guard try facts(of: file).kind == .regular else { throw SystemError("open", path: name, code: EINVAL) }
        return file
    }
}

extension FileFacts {
    fileprivate init(_ info: stat) {
        let kind: Kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            default: .other
            }
        self.init(kind: kind, owner: info.st_uid, permissions: info.st_mode & 0o7777, size: Int64(info.st_size))
    }
}

/// The kernel's own.
public struct LinuxFileSystem: FileSystemCalls {
    /// The system calls as they are.
    public init() {}

    /// Opens a file or directory; a new file is this user's alone, and no program that is started gets the descriptor.
    ///
    /// - Throws: `SystemError`, also where the way leads through a symbolic link.
    public func open(_ name: String, in directory: Descriptor?, flags: Int32) throws(SystemError) -> Descriptor {
        guard let directory else { return try Descriptor(opening: name, flags: flags, for: "open") }
        var number = cl_open_beneath(directory.number, name, flags | O_CLOEXEC, 0o600)
        while number < 0 && errno == EINTR {
            number = cl_open_beneath(directory.number, name, flags | O_CLOEXEC, 0o600)
        }
        guard number >= 0 else { throw .current("open", path: name) }
        return Descriptor(owning: number)
    }

    /// Makes a directory that only this user may enter.
    ///
    /// - Throws: `SystemError`, also when the name is taken.
    public func makeDirectory(_ name: String, in directory: Descriptor) throws(SystemError) {
        guard mkdirat(directory.number, name, 0o700) == 0 else { throw .current("create", path: name) }
    }

    /// Gives a file or directory another name, in one step (`renameat`).
    ///
    /// - Throws: `SystemError`, also when a directory has the name and is not empty.
    public func rename(_ name: String, to newName: String, in directory: Descriptor) throws(SystemError) {
        guard renameat(directory.number, name, directory.number, newName) == 0 else {
            throw .current("rename", path: name)
        }
    }

    /// Has two files take each other's names, in one step (`renameat2`).
    ///
    /// - Throws: `SystemError`, also where the file system cannot do it.
    public func exchange(_ name: String, with otherName: String, in directory: Descriptor) throws(SystemError) {
        guard cl_exchange(directory.number, name, otherName) == 0 else {
            throw .current("exchange", path: name)
        }
    }

    /// Removes a file, or an empty directory.
    ///
    /// - Throws: `SystemError`, also when the directory is not empty.
    public func remove(_ name: String, in directory: Descriptor, isDirectory: Bool) throws(SystemError) {
        guard unlinkat(directory.number, name, isDirectory ? AT_REMOVEDIR : 0) == 0 else {
            throw .current("delete", path: name)
        }
    }

    /// The names in a directory, without `.` and `..`, in no order.
    ///
    /// - Throws: `SystemError`.
    public func names(in directory: Descriptor) throws(SystemError) -> [String] {
        // A descriptor of its own, whose position nobody else moves.
        let number = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .current("list a directory") }
        guard let stream = fdopendir(number) else {
            let failure = SystemError.current("list a directory")
            close(number)
            throw failure
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let item = readdir(stream) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .current("list a directory") }
        return names
    }

    /// What is known of an open file.
    ///
    /// - Throws: `SystemError`.
    public func facts(of file: Descriptor) throws(SystemError) -> FileFacts {
        var info = stat()
        guard fstat(file.number, &info) == 0 else { throw .current("look at a file") }
        return FileFacts(info)
    }

    /// What is known of a file of that name; of a symbolic link, not of what it leads to.
    ///
    /// - Throws: `SystemError`, also when there is none.
    public func facts(of name: String, in directory: Descriptor) throws(SystemError) -> FileFacts {
        var info = stat()
        guard fstatat(directory.number, name, &info, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw .current("look at", path: name)
        }
        return FileFacts(info)
    }

    /// Reads at most so many bytes from the present position; empty at the end.
    ///
    /// - Throws: `SystemError`.
    public func read(_ file: Descriptor, upTo count: Int) throws(SystemError) -> [UInt8] {
        try file.read(upTo: count)
    }

    /// Writes all of the bytes at the present position.
    ///
    /// - Throws: `SystemError`, for example when the disk is full; a part may be written then.
    public func write(_ bytes: UnsafeRawBufferPointer, to file: Descriptor) throws(SystemError) {
        try file.write(bytes)
    }

    /// Begins to bring a file's content to the disk, without waiting.
    public func startWriting(_ file: Descriptor) { cl_start_writing(file.number) }

    /// Returns when the disk has the file's content or the directory's entries (`fdatasync`).
    ///
    /// - Throws: `SystemError`; what the disk has is not known then.
    public func synchronize(_ file: Descriptor) throws(SystemError) {
        while fdatasync(file.number) != 0 { guard errno == EINTR else { throw .current("bring a file to the disk") } }
    }

    /// Returns when the disk has everything that was written to the file system of a file (`syncfs`).
    ///
    /// - Throws: `SystemError`.
    public func synchronizeFileSystem(of file: Descriptor) throws(SystemError) {
        guard cl_sync_file_system(file.number) == 0 else { throw .current("bring files to the disk") }
    }
}
