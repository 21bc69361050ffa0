/// Reads fingerprints of certificates.
enum Fingerprint {
    /// The bytes of a fingerprint in hexadecimal, with or without `:`; `nil` if it is not as long as a known hash.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }.compactMap(nibble)
        let length = text.utf8.count { $0 != UInt8(ascii: ":") }
        guard digits.count == length, [56, 64, 96, 128].contains(length) else { return nil }
        return stride(from: 0, to: length, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
