extension StringProtocol {
    /// As much of the beginning as has so many bytes of UTF-8. A character may be of any length, so to count those bounds
    /// nothing.
    public func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return String(self) }
        var bytes = Array(utf8.prefix(limit + 1))
        // The last one is another character's, or the rest of one that does not fit.
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
        return String(decoding: bytes, as: UTF8.self)
    }
}
