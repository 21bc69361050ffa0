/// Cuts a byte stream into messages: each follows its length as 16 bits, little-endian (mesh-protocol §2).
///
/// It holds at most what was appended last and one frame: take all messages out after each append.
public struct FrameDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    private static let prefixSize = 2

    /// A decoder at the start of a stream.
    public init() {}

    /// The bytes that are not part of a whole message yet.
    public var bufferedCount: Int { buffer.count - start }

    /// Takes in the next bytes of the stream.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message, or `nil` until more bytes come.
    public mutating func next() -> [UInt8]? {
        guard bufferedCount >= Self.prefixSize else { return nil }
        let length = Int(buffer[start]) | Int(buffer[start + 1]) << 8
        guard bufferedCount >= Self.prefixSize + length else { return nil }
        let body = start + Self.prefixSize
        start = body + length
        return Array(buffer[body..<start])
    }
}
