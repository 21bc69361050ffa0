import TimeFormats

extension Timestamp {
    /// Date and time of day as they were written, in the zone that they were written in: `2026-11-24 06:33:48`.
    var shortText: String {
        let bytes = Array(text.utf8.prefix(19))
        return String(decoding: bytes.prefix(10) + [UInt8(ascii: " ")] + bytes.dropFirst(11), as: UTF8.self)
    }
}
