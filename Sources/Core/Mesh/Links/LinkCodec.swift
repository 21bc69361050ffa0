internal import NIOCore

/// How the messages of a link lie in the bytes of its channel (mesh-protocol §2): the framing and nothing else. What a
/// session may queue, wait for and refuse is the session's business.
protocol LinkCodec {
    /// Appends a message with its framing; nothing when the closure returns `nil`.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that the message can have, at most `MeshLimits.message`.
    ///   - fill: gets memory for as many, and returns how many it wrote from its start.
    mutating func append(
        limit: Int,
        to batch: inout ByteBuffer,
        _ fill: (UnsafeMutableRawBufferPointer) -> Int?
    )

    /// The message that begins at a place in what has come, if it has come whole.
    ///
    /// - Parameter start: is moved behind the message.
    mutating func nextMessage(in bytes: UnsafeRawBufferPointer, from start: inout Int) -> UnsafeRawBufferPointer?
}
