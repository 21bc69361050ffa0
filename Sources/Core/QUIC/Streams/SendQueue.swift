/// What was written to a stream and has not been acknowledged.
///
/// QUIC sends, and sends again, from this memory: bytes stay at their address until the peer has them.
struct SendQueue {
    private var chunks = Queue<ByteChunk>()
    /// Pays for the chunks.
    private let account: QUICSendBudget.Account?
    /// The place in the stream where the first chunk begins.
    private var start: UInt64 = 0
    /// Where the first unsent byte is, or will be: the chunk, and the place in it.
    private var unsentIndex = 0
    private var unsentOffset = 0

    /// The places in the stream up to which everything was written, sent and acknowledged.
    private var written: UInt64 = 0
    private var sent: UInt64 = 0
    private var acknowledged: UInt64 = 0

    init(account: QUICSendBudget.Account? = nil) { self.account = account }

    /// Bytes that were not sent yet.
    var unsent: Int { Int(clamping: written - sent) }
    /// Bytes that were not acknowledged yet, sent or not.
    var count: Int { Int(clamping: written - acknowledged) }

    /// Lets a closure write bytes to the end of the queue; returns how many.
    ///
    /// - Parameter fill: gets memory for at most `limit` bytes, and returns how many it wrote from its start.
    mutating func append(
        atMost limit: Int,
        _ fill: (UnsafeMutableRawBufferPointer) throws -> Int
    ) rethrows -> Int {
        guard limit > 0 else { return 0 }
        let chunk = lastChunk(toHold: limit)
        let space = chunk.space
        let offered = UnsafeMutableRawBufferPointer(rebasing: space[..<min(space.count, limit)])
        let filled = min(max(0, try fill(offered)), offered.count)
        chunk.fill(filled)
        written += UInt64(filled)
        return filled
    }

    /// Calls a closure with the unsent bytes, piece by piece, until it returns `false` or there are no more.
    func forEachUnsent(_ body: (UnsafeRawBufferPointer) -> Bool) {
        var index = unsentIndex
        var offset = unsentOffset
        while let chunk = chunks[index] {
            let bytes = UnsafeRawBufferPointer(rebasing: chunk.bytes[offset...])
            guard bytes.isEmpty || body(bytes) else { return }
            index += 1
            offset = 0
        }
    }

    /// Counts the first unsent bytes as sent.
    mutating func markSent(_ bytes: Int) {
        sent += UInt64(bytes)
        unsentOffset += bytes
        while let chunk = chunks[unsentIndex], chunk.isFull, unsentOffset >= chunk.count {
            unsentOffset -= chunk.count
            unsentIndex += 1
        }
    }

    /// Frees what the peer has: the whole chunks before a place in the stream, and the last one with everything.
    mutating func acknowledge(upTo offset: UInt64) {
        acknowledged = min(max(acknowledged, offset), sent)
        if acknowledged == written {
            chunks.removeAll()
            start = written
            unsentIndex = 0
            unsentOffset = 0
            return
        }
        while unsentIndex > 0, let chunk = chunks[0], start + UInt64(chunk.count) <= acknowledged {
            chunks.popFirst()
            start += UInt64(chunk.count)
            unsentIndex -= 1
        }
    }

    private mutating func lastChunk(toHold bytes: Int) -> ByteChunk {
        if let last = chunks.last, !last.isFull { return last }
        // Chunks do not grow at the expense of others.
        let isRoomLeft = account.map { $0.room > 0 } ?? true
        let capacity = ByteChunk.capacity(for: bytes, after: isRoomLeft ? chunks.last : nil)
        let chunk = ByteChunk(capacity: capacity, account: account)
        chunks.append(chunk)
        return chunk
    }
}
