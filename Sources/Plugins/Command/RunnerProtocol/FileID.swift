internal import Glibc

/// A file as it can be told from all others of the machine, whatever its name is: a renamed one is the same, a copy is
/// another.
public struct FileID: Sendable, Hashable {
    /// The number of the device with the file system.
    public var device: UInt64
    /// The file's number there.
    public var inode: UInt64

    /// Creates one from its parts.
    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    /// That of the file of a name; `nil` when there is none, or it cannot be looked at.
    public init?(path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        self.init(info)
    }

    /// That of an open file; `nil` when there is none.
    public init?(descriptor: Int32) {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { return nil }
        self.init(info)
    }

    init?(_ device: String, _ inode: String) {
        guard let device = UInt64(device), let inode = UInt64(inode) else { return nil }
        self.init(device: device, inode: inode)
    }

    private init(_ info: stat) { self.init(device: UInt64(info.st_dev), inode: UInt64(info.st_ino)) }
}
