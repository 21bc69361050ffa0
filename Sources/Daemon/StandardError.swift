internal import Glibc

/// Standard error, written a whole line at a time.
enum StandardError {
    /// Whether a person reads it.
    static let isTerminal = isatty(2) == 1

    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while rest.count > 0, let base = rest.baseAddress {
                let count = Glibc.write(2, base, rest.count)
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
