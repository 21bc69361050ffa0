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
}
