internal import CBench
internal import Glibc

/// A file in memory with something in every page of it.
struct MemoryFile: Sendable {
    private let file: FileDescriptor
    private let size: Int

    init(_ size: Int) throws {
        file = try FileDescriptor(owning: cb_memory_file(), for: "make a file in memory")
        self.size = size
        let part = ReadBuffer()
        for _ in 0..<size / ReadBuffer.size { try file.write(UnsafeRawBufferPointer(part.bytes)) }
    }

    /// Sends all of it without a copy through this process.
    func send(to socket: FileDescriptor) throws {
        var offset: Int64 = 0
        while offset < size {
            let count = cb_send_file(socket.number, file.number, &offset, size - Int(offset))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure.system("sendfile") }
        }
    }
}
