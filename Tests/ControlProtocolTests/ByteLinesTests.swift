import Testing

import ControlProtocol

@Suite struct `Cutting lines` {
    @Test func `cuts what comes into lines, wherever the pieces end`() throws {
        var buffer = ByteLines(limit: 100)
        var lines: [String] = []
        for piece in ["on", "e\ntw", "o\r\n", "\nrest"] {
            buffer.append(Array(piece.utf8))
            while let line = try buffer.nextText() { lines.append(line) }
        }
        #expect(lines == ["one", "two", ""])
        #expect(buffer.count == 4 && buffer.takeRest() == Array("rest".utf8) && buffer.count == 0)
    }

    @Test func `counts the memory of a line that has begun, and lets it go at the line's end`() throws {
        var buffer = ByteLines(limit: 1 << 20)
        buffer.append([UInt8](repeating: 0x61, count: 1 << 19))
        #expect(try buffer.next() == nil && buffer.memory >= 1 << 19)
        buffer.append(Array("\n".utf8))
        #expect(try buffer.next()?.count == 1 << 19)
        #expect(buffer.memory == 0)
    }
}
