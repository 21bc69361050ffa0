internal import Glibc

/// The reply to `work list`.
enum UnitList {
    /// How often a text is in it.
    static func count(_ text: String, in list: [UInt8]) -> Int {
        let needle = Array(text.utf8)
        return list.withUnsafeBytes { bytes in
            var count = 0
            var rest = bytes[...]
            while let found = needle.withUnsafeBytes({ find($0, in: rest) }) {
                count += 1
                rest = rest[(found + needle.count)...]
            }
            return count
        }
    }

    private static func find(
        _ needle: UnsafeRawBufferPointer,
        in bytes: Slice<UnsafeRawBufferPointer>
    ) -> Int? {
        let first = needle[0]
        var start = bytes.startIndex
        while let candidate = bytes[start...].firstIndex(of: first) {
            if bytes[candidate...].starts(with: needle) { return candidate }
            start = candidate + 1
        }
        return nil
    }
}
