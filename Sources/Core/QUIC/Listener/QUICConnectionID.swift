import CQUIC

/// What a packet is addressed to: at most 20 bytes (RFC 9000 §5.1), without memory of its own.
struct QUICConnectionID: Hashable {
    private let count: UInt8
    private let head: UInt64
    private let middle: UInt64
    private let tail: UInt32

    init(_ id: cq_connection_id) {
        (count, head, middle, tail) = withUnsafeBytes(of: id.bytes) { bytes in
            // What lies behind the ID is not part of it.
            func byte(_ index: Int) -> UInt8 { index < id.count && index < bytes.count ? bytes[index] : 0 }
            func number(_ range: Range<Int>) -> UInt64 { range.reduce(0) { $0 << 8 | UInt64(byte($1)) } }
            return (
                UInt8(clamping: id.count), number(0..<8), number(8..<16), UInt32(truncatingIfNeeded: number(16..<20))
            )
        }
    }
}
