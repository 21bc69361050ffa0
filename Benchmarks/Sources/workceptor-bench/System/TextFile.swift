internal import Glibc

/// Small files, read and written whole.
enum TextFile {
    /// The text of a file; `nil` when it cannot be read.
    static func read(_ path: String) -> String? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(number, &part, part.count)
            if count < 0 { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }

    /// Creates or replaces a file.
    static func write(_ text: String, to path: String) throws {
        let file = try FileDescriptor(
            owning: open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600),
            for: "create \(path)"
        )
        var text = text
        try text.withUTF8 { try file.write(UnsafeRawBufferPointer($0)) }
    }
}
