internal import NIOCore

/// The framing of byte streams: each message behind its length in 16 bits, the lower ones first (mesh-protocol §2).
struct LengthPrefixCodec: LinkCodec {
    private static let prefixSize = 2

    func append(limit: Int, to batch: inout ByteBuffer, _ fill: (UnsafeMutableRawBufferPointer) -> Int?) {
        batch.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.prefixSize + limit) { space in
            let message = space[Self.prefixSize..<Self.prefixSize + limit]
            guard let length = fill(UnsafeMutableRawBufferPointer(rebasing: message)) else { return 0 }
            space.storeBytes(of: UInt16(clamping: length).littleEndian, as: UInt16.self)
            return Self.prefixSize + length
        }
    }

    func nextMessage(in bytes: UnsafeRawBufferPointer, from start: inout Int) -> UnsafeRawBufferPointer? {
        guard bytes.count - start >= Self.prefixSize else { return nil }
        let length = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self)))
        let end = start + Self.prefixSize + length
        guard end <= bytes.count else { return nil }
        defer { start = end }
        return UnsafeRawBufferPointer(rebasing: bytes[start + Self.prefixSize..<end])
    }
}
