extension RawSpan {
    /// One byte.
    func byte(at offset: Int) -> UInt8 {
        // Checked: the range must lie within the span.
        extracting(offset..<(offset + 1)).withUnsafeBytes { $0[0] }
    }

    /// Eight bytes, the least significant one first.
    func littleEndianWord(at offset: Int) -> UInt64 {
        extracting(offset..<(offset + 8)).withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
        }
    }

    /// Eight bytes, the most significant one first.
    func bigEndianWord(at offset: Int) -> UInt64 { littleEndianWord(at: offset).byteSwapped }

    /// Whether both have the same bytes.
    func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while byteCount - offset >= 8 {
            guard littleEndianWord(at: offset) == other.littleEndianWord(at: offset) else { return false }
            offset += 8
        }
        while offset < byteCount {
            guard byte(at: offset) == other.byte(at: offset) else { return false }
            offset += 1
        }
        return true
    }
}
