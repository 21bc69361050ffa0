/// Bytes that were received and not used yet, cut into lines on request.
struct LineBuffer {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Up to where a newline has been looked for, so that a long line is not searched again with each piece.
    private var searched = 0

    /// How many bytes are held.
    var count: Int { bytes.count - start }

    /// Adds what was received.
    mutating func append(_ received: some Sequence<UInt8>) {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.count <= 1 << 20)
            start = 0
            searched = 0
        }
        bytes.append(contentsOf: received)
    }

    /// Takes the next line, without its end; a carriage return before the newline is part of the end.
    mutating func takeLine() -> [UInt8]? {
        guard let newline = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            return nil
        }
        var line = bytes[start..<newline]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        start = newline + 1
        searched = start
        return Array(line)
    }

    /// Takes all that is left, lines or not.
    mutating func takeAll() -> [UInt8] {
        let rest = Array(bytes[start...])
        self = LineBuffer()
        return rest
    }
}
