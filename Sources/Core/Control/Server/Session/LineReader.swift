internal import NIOCore

/// Finds command lines in what a client sends; what follows a line stays for whoever reads on, since it may be payload.
struct LineReader {
    /// Why there is no line.
    struct TooLong: Error, CustomStringConvertible {
        let limit: Int
        var description: String { "command line is longer than \(limit) bytes" }
    }

    private var buffer = ByteBuffer()
    /// Bytes at the front in which there is no newline.
    private var searched = 0
    private let limit: Int

    /// - Parameter limit: the longest line, in bytes.
    init(limit: Int) { self.limit = limit }

    /// Takes in what came.
    mutating func append(_ part: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = part
        } else {
            buffer.writeImmutableBuffer(part)
        }
    }

    /// The next complete line without its newline and without carriage returns; `nil` when there is none yet.
    ///
    /// - Throws: ``TooLong``.
    mutating func next() throws(TooLong) -> String? {
        let view = buffer.readableBytesView
        guard let newline = view.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
            searched = view.count
            guard searched <= limit else { throw TooLong(limit: limit) }
            return nil
        }
        let length = newline - view.startIndex
        guard length <= limit else { throw TooLong(limit: limit) }
        let line = String(decoding: view[..<newline].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        buffer.moveReaderIndex(forwardBy: length + 1)
        searched = 0
        return line
    }

    /// Hands over what was read beyond the last line.
    mutating func takeRest() -> ByteBuffer? {
        guard buffer.readableBytes > 0 else { return nil }
        defer {
            buffer = ByteBuffer()
            searched = 0
        }
        return buffer
    }
}
