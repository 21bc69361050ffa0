internal import NIOCore
internal import Netceptor

/// The messages that wait to be sent over a byte stream, each behind its length (mesh-protocol §2).
///
/// While one batch is on its way into the socket, the next is collected: few large writes instead of many small ones.
struct OutgoingMessages {
    /// From how many bytes on senders should wait.
    static let fullness = 256 << 10
    /// From how many bytes on messages are dropped: those of nodes that do not wait.
    static let limit = 2 << 20

    private var pending = ByteBuffer()
    /// The memory of the batch before, to be used again.
    private var spare = ByteBuffer()
    private static let prefixSize = 2

    /// How many bytes wait.
    var count: Int { pending.readableBytes }

    /// Appends a message; `false` when there is no room.
    mutating func append(_ message: UnsafeRawBufferPointer) -> Bool {
        guard count + message.count <= Self.limit, message.count <= MeshLimits.message else { return false }
        pending.writeInteger(UInt16(message.count), endianness: .little)
        pending.writeBytes(message)
        return true
    }

    /// Appends a data message with other hops to live.
    mutating func append(_ message: UnsafeRawBufferPointer, hopsToLive: UInt8) -> Bool {
        let start = pending.writerIndex
        guard append(message) else { return false }
        pending.setInteger(hopsToLive, at: start + Self.prefixSize + DataHeader.hopsOffset)
        return true
    }

    /// Appends a data message whose payload a closure writes; none when the closure writes nothing.
    mutating func append(header: [UInt8], limit: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        let start = pending.writerIndex
        let overhead = Self.prefixSize + header.count
        var length = 0
        pending.writeWithUnsafeMutableBytes(minimumWritableBytes: overhead + limit) { space in
            length = fill(UnsafeMutableRawBufferPointer(rebasing: space[overhead..<overhead + limit]))
            return length > 0 ? overhead + length : 0
        }
        guard length > 0 else { return 0 }
        pending.setInteger(UInt16(header.count + length), at: start, endianness: .little)
        pending.setBytes(header, at: start + Self.prefixSize)
        return length
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
