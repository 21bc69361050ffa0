@testable import CommandPlugin
import Testing

@Suite struct `A command's parameters` {
    @Test(arguments: [
        ("", []),
        ("  a  b\tc\n", ["a", "b", "c"]),
        (#"-c "for i in {1..5}; do echo $i; done""#, ["-c", "for i in {1..5}; do echo $i; done"]),
        (#"'a b' "c d" e\ f"#, ["a b", "c d", "e f"]),
        (#"a'b'"c"d"#, ["abcd"]),
        (#"'' """#, ["", ""]),
        (#""a\"b\\c\$d\`e""#, [#"a"b\c$d`e"#]),
        (#"'a\b'"#, [#"a\b"#]),
        ("$HOME *.txt ~", ["$HOME", "*.txt", "~"]),
        ("ü 'ä ö' \\é", ["ü", "ä ö", "é"]),
    ])
    func `are split as a shell splits them, without expansion`(line: String, words: [String]) {
        #expect(ShellWords.split(line) == words)
    }

    @Test(arguments: [
        // A shell keeps this backslash.
        (#""a\nb" "\ü""#, ["anb", "ü"]),
        // A shell joins these lines.
        ("a\\\nb \"c\\\nd\"", ["a\nb", "c\nd"]),
        // A shell that is not interactive agrees with these.
        ("a #b c", ["a"]),
        ("#a\nb", ["b"]),
        ("a #b\\\nc", ["a", "c"]),
        ("a#b '#c' \"#d\" \\#e ''#f", ["a#b", "#c", "#d", "#e", "#f"]),
        ("a # it's \"open\nb", ["a", "b"]),
        ("a #b\r\tc\nd", ["a", "d"]),
        // No other blank separates words.
        ("a\u{0B}b\u{0C}c\u{A0}d", ["a\u{0B}b\u{0C}c\u{A0}d"]),
    ])
    func `are split as Receptor splits them where a shell does otherwise`(line: String, words: [String]) {
        #expect(ShellWords.split(line) == words)
    }

    @Test(arguments: ["'a", "\"a", "a\\", "\"a\\", "\"a\\\"", "a'b' \"", "a #b\n'"])
    func `with an open quote or a last backslash are refused`(line: String) {
        #expect(ShellWords.split(line) == nil)
        #expect(ShellWords.problem(line, named: "params")?.hasPrefix("params has a quote") == true)
    }

    @Test(
        arguments: [
            { String(repeating: "x", count: $0) },
            { "'" + String(repeating: "x", count: $0) + "'" },
            { "\"" + String(repeating: "\\x", count: $0 / 2) + "\"" },
            { String(repeating: "x ", count: $0 / 2) },
            { String(repeating: "'x'", count: $0 / 3) },
            { "#" + String(repeating: "x", count: $0) },
        ] as [@Sendable (Int) -> String]
    )
    func `of any length cost what their length does`(line: @Sendable (Int) -> String) throws {
        func time(_ size: Int) -> Duration {
            let text = line(size)
            return (0..<3).map { _ in ContinuousClock().measure { #expect(ShellWords.split(text) != nil) } }.min()
                ?? .zero
        }
        // Sixteen times the length may cost 64 times as much on a busy machine; what grows with the square costs 256.
        let (short, long) = (time(65_536), time(1_048_576))
        #expect(long < short * 64 || long < .seconds(1), "\(short) for 64 KiB, \(long) for 1 MiB")
    }
}
