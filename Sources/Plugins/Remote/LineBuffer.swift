/// Finds the lines in what a node sends; what follows a line stays for whoever reads on.
struct LineBuffer: Sendable {
    private var bytes: [UInt8] = []
    /// Bytes at the front in which there is no newline.
    private var searched = 0

    /// How many bytes wait.
    var count: Int { bytes.count }

    /// Takes in what came.
    mutating func append(_ part: UnsafeRawBufferPointer) { bytes.append(contentsOf: part) }

    /// The next complete line without its newline and without carriage returns; `nil` when there is none yet.
    mutating func next() -> String? {
        guard let newline = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            return nil
        }
        let line = String(decoding: bytes[..<newline].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        bytes.removeFirst(newline + 1)
        searched = 0
        return line
    }

    /// Hands over what came behind the last line.
    mutating func takeRest() -> [UInt8] {
        defer {
            bytes = []
            searched = 0
        }
        return bytes
    }
}
