internal import NIOCore
internal import Netceptor

/// The messages that wait to be sent over a link, as they go into its channel. Never more than the limit.
///
/// While one batch is on its way into the socket, the next is collected: few large writes instead of many small ones.
struct OutgoingMessages<Codec: LinkCodec> {
    /// From how many bytes on senders should wait.
    static var fullness: Int { 256 << 10 }
    /// From how many bytes on messages are dropped: those of nodes that do not wait.
    static var limit: Int { 2 << 20 }

    private var codec: Codec
    private var pending = ByteBuffer()
    /// The memory of the batch before, to be used again.
    private var spare = ByteBuffer()

    init(_ codec: Codec) { self.codec = codec }

    /// How many bytes wait.
    var count: Int { pending.readableBytes }

    /// Appends a message, with other hops to live if they are given; `false` when there is no room.
    mutating func append(_ message: UnsafeRawBufferPointer, hopsToLive: UInt8? = nil) -> Bool {
        guard hasRoom(for: message.count) else { return false }
        codec.append(limit: message.count, to: &pending) { space in
            space.copyMemory(from: message)
            if let hopsToLive, space.count > DataHeader.hopsOffset { space[DataHeader.hopsOffset] = hopsToLive }
            return message.count
        }
        return true
    }

    /// Appends a data message whose payload a closure writes; none when the closure writes nothing or there is no room.
    ///
    /// - Returns: the length of the payload.
    mutating func append(header: [UInt8], limit: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        guard hasRoom(for: header.count + limit) else { return 0 }
        var length = 0
        codec.append(limit: header.count + limit, to: &pending) { space in
            length = fill(UnsafeMutableRawBufferPointer(rebasing: space[header.count...]))
            guard length > 0 else { return nil }
            space.copyBytes(from: header)
            return header.count + length
        }
        return length
    }

    private func hasRoom(for message: Int) -> Bool {
        count + message <= Self.limit && message <= MeshLimits.message
    }

    /// Takes out everything that waits.
    mutating func takeBatch() -> ByteBuffer {
        defer {
            pending = spare
            spare = ByteBuffer()
            pending.clear()
        }
        return pending
    }

    /// Gives the memory of a batch back that was sent.
    mutating func recycle(_ batch: ByteBuffer) {
        // What a burst left behind is not kept.
        if batch.capacity <= 2 * Self.fullness { spare = batch }
    }
}
