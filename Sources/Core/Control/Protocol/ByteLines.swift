/// Cuts what comes over a connection into lines; what follows a line stays for whoever reads on, since it may be payload.
///
/// Its cost is linear in the bytes, in whatever pieces they come. It holds a line of the limit and one piece at most.
public struct ByteLines: Sendable {
    /// Why there is no line.
    public struct TooLong: Error, Hashable, CustomStringConvertible {
        /// The longest line, in bytes.
        public let limit: Int

        /// Of lines of that length at the most.
        public init(limit: Int) { self.limit = limit }

        /// The text that is shown for it.
        public var description: String { "command line is longer than \(limit) bytes" }
    }

    private var bytes: [UInt8] = []
    private var start = 0
    /// Up to where a newline has been looked for, so that a long line is not searched again with each piece.
    private var searched = 0
    private let limit: Int

    /// - Parameter limit: the longest line, in bytes.
    public init(limit: Int) { self.limit = limit }

    /// How many bytes wait.
    public var count: Int { bytes.count - start }

    /// How much memory they take.
    public var memory: Int { count == 0 ? 0 : bytes.capacity }

    /// Takes in what came.
    public mutating func append(_ part: UnsafeRawBufferPointer) {
        if start == bytes.count {
            clear()
        } else if start > bytes.count / 2 {
            bytes.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        bytes.append(contentsOf: part)
    }

    private mutating func clear() {
        // One long line does not keep its memory for ever.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 8 << 10)
        (start, searched) = (0, 0)
    }

    /// Takes in what came.
    public mutating func append(_ part: [UInt8]) { part.withUnsafeBytes { append($0) } }

    /// The next complete line without its newline and without carriage returns; `nil` when there is none yet.
    ///
    /// - Throws: ``TooLong``: there are no more lines then.
    public mutating func next() throws(TooLong) -> [UInt8]? {
        guard let newline = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            guard count <= limit else { throw TooLong(limit: limit) }
            return nil
        }
        guard newline - start <= limit else { throw TooLong(limit: limit) }
        let line = bytes[start..<newline].filter { $0 != UInt8(ascii: "\r") }
        start = newline + 1
        searched = start
        if start == bytes.count { clear() }
        return line
    }

    /// The next complete line as text, in which what is not UTF-8 is replaced.
    ///
    /// - Throws: ``TooLong``.
    public mutating func nextText() throws(TooLong) -> String? {
        try next().map { String(decoding: $0, as: UTF8.self) }
    }

    /// Hands over what came behind the last line.
    public mutating func takeRest() -> [UInt8] {
        let rest = start == 0 ? bytes : Array(bytes[start...])
        self = ByteLines(limit: limit)
        return rest
    }
}
