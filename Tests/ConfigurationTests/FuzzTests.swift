import Testing
import Workceptor

@testable import Configuration

/// Files that are damaged at random, the same way on every run.
@Suite struct `Damaged files` {
    /// SplitMix64: small, and the same numbers for ever.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let seeds = [Manual.foo, Manual.fooAsList, Manual.bar, Manual.barAsList].map { Array($0.utf8) }
    private static let fragments =
        [
            ": ", "- ", "\n", "\n  ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "!x ", "\"", "'", "|", ">", "#", "%",
            "?", "\t",
            "---\n", "...\n", "\u{0}", "\u{FEFF}", "null", "~", "node", "localhost", "work-command", "tls", "0600",
            "-1",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xE2, 0x80, 0xA8]]

    private func damage(_ bytes: inout [UInt8], _ generator: inout Generator) {
        let start = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, start + Int.random(in: 0...20, using: &generator))
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.removeSubrange(start..<end)
        case 1: bytes.insert(contentsOf: Self.fragments.randomElement(using: &generator) ?? [], at: start)
        case 2:
            let part = bytes[start..<end]
            bytes.insert(contentsOf: part, at: Int.random(in: 0...bytes.count, using: &generator))
        default: if start < bytes.count { bytes[start] = UInt8.random(in: 0...255, using: &generator) }
        }
    }

    /// Whatever a file holds, reading it ends, and what it reports stands in the file.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3, 4] as [UInt64])
    func `are read or refused, never more`(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let end = ContinuousClock.now + .milliseconds(400)
        var refused = 0
        for _ in 0..<2000 where ContinuousClock.now < end {
            var bytes = try #require(Self.seeds.randomElement(using: &generator))
            for _ in 0..<Int.random(in: 1...6, using: &generator) { damage(&bytes, &generator) }
            let draft = Configuration.draft(bytes, file: "f.yml", host: Sample.machine())
            let lines = bytes.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") || $0 >= 0x80 } + 1
            for problem in draft.problems {
                let position = try #require(problem.position, "\(problem)")
                #expect((1...lines).contains(position.line) && position.column >= 1, "\(problem)")
            }
            refused += draft.problems.isEmpty ? 0 : 1
            for command in draft.configuration.workCommands { _ = try? command.settings.settings(CommandSettings.self) }
            _ = try? DropInReader.read(bytes, file: "f.yml", host: Sample.machine())
        }
        #expect(refused > 0)
    }
}
