import Foundation
import Testing

@Suite struct `The README` {
    /// It builds the daemon once more, which takes minutes the first time: the time limit is for a slow machine.
    @Test(.timeLimit(.minutes(20)))
    func `tells how to write a plugin so that it builds and runs`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = root.appending(path: "scripts/try-readme-plugin.sh")
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }
}
