/// HighwayHash-64 with the all-zero key (mesh-protocol §3.1).
///
/// The state is four lanes of four words. Lanes work in pairs: within a pair each lane stirs the bytes of the other,
/// and only at the end do the pairs meet.
struct HighwayHash {
    private struct Lane {
        var v0: UInt64
        var v1: UInt64
        var mul0: UInt64
        var mul1: UInt64

        /// With the zero key, the constants are the whole of the first state.
        init(_ mul0: UInt64, _ mul1: UInt64) {
            v0 = mul0
            v1 = mul1
            self.mul0 = mul0
            self.mul1 = mul1
        }

        mutating func absorb(_ word: UInt64) {
            v1 &+= word &+ mul0
            mul0 ^= (v1 & 0xffff_ffff) &* (v0 >> 32)
            v0 &+= mul1
            mul1 ^= (v0 & 0xffff_ffff) &* (v1 >> 32)
        }

        /// Marks the state with the number of bytes that do not fill a packet, 1 to 31.
        mutating func mark(remainder count: Int) {
            v0 &+= UInt64(count) << 32 &+ UInt64(count)
            let low = UInt32(truncatingIfNeeded: v1)
            let high = UInt32(truncatingIfNeeded: v1 >> 32)
            v1 = UInt64(Self.rotate(high, by: count)) << 32 | UInt64(Self.rotate(low, by: count))
        }

        private static func rotate(_ half: UInt32, by count: Int) -> UInt32 {
            half << UInt32(count) | half >> UInt32(32 - count)
        }

        var sum: UInt64 { v0 &+ v1 &+ mul0 &+ mul1 }
    }

    private struct Pair {
        var even: Lane
        var odd: Lane

        mutating func update(_ evenWord: UInt64, _ oddWord: UInt64) {
            even.absorb(evenWord)
            odd.absorb(oddWord)
            let stirred1 = Self.zipper(even.v1, odd.v1)
            even.v0 &+= stirred1.even
            odd.v0 &+= stirred1.odd
            let stirred0 = Self.zipper(even.v0, odd.v0)
            even.v1 &+= stirred0.even
            odd.v1 &+= stirred0.odd
        }

        /// Shuffles the 16 bytes of two words, so that every byte of a product gets to where the next multiplication
        /// spreads it best.
        private static func zipper(_ even: UInt64, _ odd: UInt64) -> (even: UInt64, odd: UInt64) {
            let low = (even & 0xff00_0000 | odd & 0xff_0000_0000) >> 24
            let middle = (even & 0xff00_0000_0000 | odd & 0x00ff_0000_0000_0000) >> 16
            let newEven =
                low | middle | even & 0xff_0000 | (even & 0xff00) << 32 | (odd & 0xff00_0000_0000_0000) >> 8 | even
                << 56
            let low2 = (odd & 0xff00_0000 | even & 0xff_0000_0000) >> 24
            let middle2 = odd & 0xff_0000 | (odd & 0xff00_0000_0000) >> 16 | (odd & 0xff00) << 24
            let high2 = (even & 0x00ff_0000_0000_0000) >> 8 | (odd & 0xff) << 48 | even & 0xff00_0000_0000_0000
            return (newEven, low2 | middle2 | high2)
        }
    }

    private var first = Pair(
        even: Lane(0xdbe6_d5d5_fe4c_ce2f, 0x3bd3_9e10_cb0e_f593),
        odd: Lane(0xa409_3822_299f_31d0, 0xc0ac_f169_b5f1_8a8c)
    )
    private var second = Pair(
        even: Lane(0x1319_8a2e_0370_7344, 0xbe54_66cf_34e9_0c6c),
        odd: Lane(0x243f_6a88_85a3_08d3, 0x4528_21e6_38d0_1377)
    )
    private static let packetSize = 32

    /// The hash of the UTF-8 of a text.
    static func hash(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0).bytes) }
    }

    static func hash(_ bytes: RawSpan) -> UInt64 {
        var state = HighwayHash()
        let rest = bytes.byteCount % packetSize
        for offset in stride(from: 0, to: bytes.byteCount - rest, by: packetSize) {
            state.update { bytes.littleEndianWord(at: offset + $0) }
        }
        if rest > 0 { state.finish(bytes.extracting(last: rest)) }
        return state.digest()
    }

    private mutating func update(word: (Int) -> UInt64) {
        first.update(word(0), word(8))
        second.update(word(16), word(24))
    }

    /// Takes in the 1 to 31 bytes that are left, spread over a packet in a way that depends on their number.
    private mutating func finish(_ rest: RawSpan) {
        let count = rest.byteCount
        first.even.mark(remainder: count)
        first.odd.mark(remainder: count)
        second.even.mark(remainder: count)
        second.odd.mark(remainder: count)

        var packet: [4 of UInt64] = .init(repeating: 0)
        func put(_ source: Int, at place: Int) {
            packet[place / 8] |= UInt64(rest.byte(at: source)) << UInt64(place % 8 * 8)
        }
        let wholeWords = count & ~3
        let stragglers = count & 3
        for position in 0..<wholeWords { put(position, at: position) }
        if count >= 16 {
            for position in 0..<4 { put(count - 4 + position, at: 28 + position) }
        } else if stragglers > 0 {
            put(wholeWords, at: 16)
            put(wholeWords + stragglers / 2, at: 17)
            put(count - 1, at: 18)
        }
        update { packet[$0 / 8] }
    }

    private mutating func digest() -> UInt64 {
        for _ in 0..<4 {
            let swap = { (word: UInt64) in word >> 32 | word << 32 }
            let (even, odd) = (swap(first.even.v0), swap(first.odd.v0))
            first.update(swap(second.even.v0), swap(second.odd.v0))
            second.update(even, odd)
        }
        return first.even.sum
    }
}
