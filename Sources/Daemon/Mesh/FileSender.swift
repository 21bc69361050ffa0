internal import Glibc
internal import LinuxSystem
internal import Mesh
internal import NIOCore

/// Sends parts of files over streams of the mesh.
struct FileSender: Sendable {
    let disk: DiskQueue
    let stream: MeshStream

    /// How much is read at a time.
    private static let partSize = 512 << 10

    /// Sends a part of a file. A piece is read once the stream has room for it, which is while it sends what it has: where
    /// nobody takes it, nothing is kept.
    ///
    /// - Throws: `SystemError` when the file cannot be read or ends before the part does, else what the stream throws.
    func send(_ file: Descriptor, from position: Int64, count: Int64) async throws {
        let (end, overflows) = position.addingReportingOverflow(count)
        guard position >= 0, count >= 0, !overflows else { throw SystemError("read the file there", code: EINVAL) }
        var start = position
        while start < end {
            let room = try await stream.room(atMost: Int(min(end - start, Int64(Self.partSize))))
            let part = try await read(file, at: start, count: room)
            guard part.readableBytes > 0 else { break }
            start += Int64(part.readableBytes)
            try await stream.write(part)
        }
        // Whoever gets less than it was told of must not take it for the whole.
        guard start == end else { throw SystemError("send the file, which became shorter meanwhile", code: EIO) }
    }

    private func read(_ file: Descriptor, at position: Int64, count size: Int) async throws(SystemError) -> ByteBuffer {
        try await disk.run(for: file.number) { () throws(SystemError) in
            var bytes = ByteBufferAllocator().buffer(capacity: size)
            var failure: SystemError?
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
                do throws(SystemError) {
                    return try file.read(at: position, into: UnsafeMutableRawBufferPointer(rebasing: space[..<size]))
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            return bytes
        }
    }
}
