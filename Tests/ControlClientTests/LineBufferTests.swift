import Testing

@testable import ControlClient

@Suite struct `A line buffer` {
    @Test func `cuts what comes into lines, wherever the pieces end`() {
        var buffer = LineBuffer()
        var lines: [String] = []
        for piece in ["on", "e\ntw", "o\r\n", "\nrest"] {
            buffer.append(Array(piece.utf8))
            while let line = buffer.takeLine() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        #expect(lines == ["one", "two", ""])
        #expect(buffer.count == 4 && buffer.takeAll() == Array("rest".utf8) && buffer.count == 0)
    }
}
