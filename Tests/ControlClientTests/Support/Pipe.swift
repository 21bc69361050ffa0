import Glibc

/// A pipe of a test.
package final class Pipe {
    package private(set) var readEnd: CInt
    package private(set) var writeEnd: CInt

    package init() throws {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw FakeControlServer.Failure.system(errno) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        closeReadEnd()
        closeWriteEnd()
    }

    package func closeReadEnd() {
        if readEnd >= 0 { close(readEnd) }
        readEnd = -1
    }

    package func closeWriteEnd() {
        if writeEnd >= 0 { close(writeEnd) }
        writeEnd = -1
    }

    package func write(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(writeEnd, $0.baseAddress, $0.count) }
    }

    /// All that is in the pipe; the write end is closed first.
    package func drain() -> String {
        closeWriteEnd()
        var all: [UInt8] = []
        var byte: UInt8 = 0
        while read(readEnd, &byte, 1) == 1 { all.append(byte) }
        return String(decoding: all, as: UTF8.self)
    }
}
