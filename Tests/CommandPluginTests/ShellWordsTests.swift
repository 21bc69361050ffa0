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
        (#""a\"b\\c\$d\`e\nf""#, [#"a"b\c$d`e\nf"#]),
        (#"'a\b'"#, [#"a\b"#]),
        ("a\\\nb", ["ab"]),
        ("$HOME *.txt ~", ["$HOME", "*.txt", "~"]),
        ("ü 'ä ö'", ["ü", "ä ö"]),
    ])
    func `are split as a shell splits them, without expansion`(line: String, words: [String]) {
        #expect(ShellWords.split(line) == words)
    }

    @Test(arguments: ["'a", "\"a", "a\\", "\"a\\"])
    func `with an open quote or a last backslash are refused`(line: String) {
        #expect(ShellWords.split(line) == nil)
    }
}
