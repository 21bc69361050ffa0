import NamePatterns
import Testing

@Suite struct `Patterns of names` {
    @Test(arguments: [
        ("abc", "abc", true), ("abc", "xabc", false), ("abc", "abcx", false), ("a.*b", "a---b", true),
        ("a.*b", "a---bc", false), ("a|bc", "a", true), ("a|bc", "bc", true), ("a|bc", "abc", false),
        ("", "", true), ("", "a", false), ("(a|b)*c", "ababc", true), ("a+b?", "aa", true), ("a+b?", "b", false),
        ("[a-c]x[^0-9]", "bxz", true), ("[a-c]x[^0-9]", "bx1", false), ("[]a]", "]", true), ("[a-]+", "a-a", true),
        ("[[:alpha:]]+", "abc", true), ("[[:^alpha:]]+", "12", true), (#"\d{2,3}"#, "12", true),
        (#"\d{2,3}"#, "1", false), (#"\d{2,3}"#, "1234", false), ("a{2}", "aa", true), ("a{2,}", "aaaa", true),
        ("a{,2}", "a{,2}", true), ("x{", "x{", true), (#"a\.b"#, "a.b", true), (#"a\.b"#, "axb", false),
        ("(?i)a.*B", "AxxB", true), ("(?i)a.*b", "Axx-B", true), ("(?i:a)b", "Ab", true), ("(?i:a)b", "AB", false),
        ("a(?i)b|c", "aB", true), ("((?i)a)b", "AB", false), ("(?i)[a-c]é", "BÉ", true), ("(?-i)a", "A", false),
        ("(?P<name>a)(?<other>b)(?:c)", "abc", true), ("a*?b+?", "aab", true), ("^a$", "a", true), ("a^b", "ab", false),
        (#"\Aa\z"#, "a", true), (#"a\b-\bb"#, "a-b", true), (#"a\Bb"#, "ab", true), (#"\x41\x{e9}"#, "Aé", true),
        ("node-.", "node-ß", true), (".", "\n", false), ("(?s).", "\n", true), (#"[\w.-]+"#, "node-1.example", true),
        (#"[^\D]"#, "5", true), ("(a*)*", "aaa", true), ("(|a)+", "aa", true), ("(a?){3}b", "aab", true),
        ("(?m)^a$", "a", true), (#"\/x"#, "/x", true), (#"[\]]"#, "]", true), ("[a\\-z]", "-", true),
    ])
    func `match as in Go, the whole name`(pattern: String, name: String, isMatch: Bool) throws {
        #expect(try NamePattern(pattern).matches(name) == isMatch)
    }

    @Test(arguments: [
        "(", ")", "a)", "[", "[a", "[]", "*", "+a", "a**", "a+*", "(*)", "a{1001}", "a{3,2}", "\\", "(?", "(?x)",
        "(?P<>a)",
        "(?=a)", "[z-a]", "[[:nope:]]", #"\p{L}"#, #"\1"#, #"\Q"#, #"\x4"#, #"\x{110000}"#, "(?i-i-i)",
        "((a{1000}){1000}){1000}", "(){1000}{2}",
        String(repeating: "(", count: 400) + String(repeating: ")", count: 400),
        String(repeating: "a", count: 1_001),
    ])
    func `that are wrong or too large are errors`(pattern: String) {
        #expect(throws: NamePatternError.self) { try NamePattern(pattern) }
    }

    @Test(arguments: [
        "(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*)*(.*)*(.*)*b", "a?{30}".replacing("?{30}", with: "{0,500}b"),
    ])
    func `take no longer for a name that was made to take long`(pattern: String) throws {
        let pattern = try NamePattern(pattern)
        let name = String(repeating: "a", count: 255)
        let time = ContinuousClock().measure { #expect(!pattern.matches(name)) }
        #expect(time < .seconds(2))
    }

    @Test(arguments: [
        ("(a", "a '(' is not closed"), ("a)", "a ')' closes nothing"), ("[a", "a '[' is not closed"),
        ("[", "a '[' is not closed"), ("[]", "a '[' is not closed"), ("*a", "'*' repeats nothing"),
        ("a**", "a repetition is repeated"), ("(+)", "'+' repeats nothing"), ("a|?", "'?' repeats nothing"),
        ("a\\", "it ends in '\\'"), ("a{3,2}", "a repetition's bounds are the wrong way round"),
        ("a{1001}", "a repetition is greater than 1000"), ("(?=a)", "'(?' is not followed by flags or a name"),
        ("(?", "a '(' is not closed"), ("[[:alpha", "a '[' is not closed"), ("{2}", "'{' repeats nothing"),
        (String(repeating: "(", count: 1_001), "it is longer than 1000 bytes"),
    ])
    func `that are wrong say what is wrong with them`(pattern: String, problem: String) {
        #expect { try NamePattern(pattern) } throws: { ($0 as? NamePatternError)?.message == problem }
    }

    @Test(arguments: [
        "^(a|b)+?$", "[]a]", "[^]]", "a{", "a{x}", "a{,2}", "{", "a||b", "()", "(?-s)a", "é+", "(?:a)(?P<n>b)(?<m>c)",
    ])
    func `in Go's syntax are accepted`(pattern: String) throws { _ = try NamePattern(pattern) }
}
