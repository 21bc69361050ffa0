/// What has arrived of a stream and has not been read.
struct ReceiveQueue {
    private var chunks = Queue<ByteChunk>()
    /// How much of the first chunk has been read.
    private var offset = 0
    /// Bytes to read.
    private(set) var count = 0

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let chunk = lastChunk(toHold: rest.count)
            let part = min(rest.count, chunk.space.count)
            chunk.space.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<part]))
            chunk.fill(part)
            rest = UnsafeRawBufferPointer(rebasing: rest[part...])
        }
        count += bytes.count
    }

    /// Moves bytes into a buffer: as many as there are or as it holds.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var done = 0
        while done < buffer.count, let chunk = chunks[0] {
            let available = UnsafeRawBufferPointer(rebasing: chunk.bytes[offset...])
            let part = min(available.count, buffer.count - done)
            UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: available[..<part]))
            done += part
            offset += part
            if offset == chunk.count {
                chunks.popFirst()
                offset = 0
            }
        }
        count -= done
        return done
    }

    /// Drops everything and returns how many bytes that was.
    mutating func removeAll() -> Int {
        defer { self = ReceiveQueue() }
        return count
    }

    private mutating func lastChunk(toHold bytes: Int) -> ByteChunk {
        if let last = chunks.last, !last.isFull { return last }
        let chunk = ByteChunk(capacity: ByteChunk.capacity(for: bytes, after: chunks.last))
        chunks.append(chunk)
        return chunk
    }
}
