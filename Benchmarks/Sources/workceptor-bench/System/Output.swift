internal import Glibc

/// The two standard streams: results on one, all else on the other.
enum Output {
    static func result(_ text: String) { write(text, 1) }

    static func progress(_ text: String) { write(text + "\n", 2) }

    static func error(_ text: String) { write("workceptor-bench: \(text)\n", 2) }

    private static func write(_ text: String, _ descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                // Nobody listens: then there is nobody to tell either.
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
