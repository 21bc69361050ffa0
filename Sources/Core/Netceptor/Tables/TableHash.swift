/// Hashes for ``IndexTable``. They differ from process to process: nobody outside can choose names that meet in one
/// slot.
enum TableHash {
    private static let multiplier = UInt64.random(in: .min ... .max) | 1
    private static let seed = UInt64.random(in: .min ... .max)

    /// The hash of a number whose bits are spread already.
    static func of(_ number: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: mix(number ^ seed, multiplier))
    }

    /// The hash of a name's bytes.
    static func of(_ bytes: RawSpan) -> UInt32 {
        var hash = seed ^ UInt64(bytes.byteCount)
        var offset = 0
        while bytes.byteCount - offset >= 8 {
            hash = mix(hash ^ bytes.littleEndianWord(at: offset), multiplier)
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.byteCount {
            rest = rest << 8 | UInt64(bytes.byte(at: offset))
            offset += 1
        }
        return UInt32(truncatingIfNeeded: mix(mix(hash ^ rest, multiplier) ^ seed, multiplier))
    }

    /// The hash of a name, the same as that of its bytes.
    static func of(_ name: String) -> UInt32 {
        var name = name
        return name.withUTF8 { of(UnsafeRawBufferPointer($0).bytes) }
    }

    /// Both halves of the product: each bit depends on all.
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
