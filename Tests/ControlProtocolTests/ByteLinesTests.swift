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

    @Test func `says once that a line is too long, passes over the rest of it and goes on behind it`() throws {
        var buffer = ByteLines(limit: 10)
        buffer.append([UInt8](repeating: 0x78, count: 11))
        #expect(throws: ByteLines.TooLong(limit: 10)) { try buffer.next() }
        for _ in 0..<3 {
            buffer.append([UInt8](repeating: 0x78, count: 100))
            #expect(try buffer.next() == nil)
        }
        #expect(buffer.skipped == 311 && buffer.count == 0)
        buffer.append(Array("x\nstatus\n".utf8))
        #expect(try buffer.nextText() == "status" && buffer.skipped == nil)
    }
}
