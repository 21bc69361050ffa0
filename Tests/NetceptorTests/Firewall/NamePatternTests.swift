import Netceptor
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
        #expect { try NamePattern(pattern) } throws: { ($0 as? MeshError)?.code == .invalidPattern }
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
}

@Suite struct `The firewall` {
    private let envelope = Envelope(
        source: "foo",
        destination: "bar",
        sourceService: "abcd1234",
        destinationService: "control"
    )

    private func rule(_ action: FirewallAction, _ parts: [String: String]) throws -> FirewallRule {
        FirewallRule(
            action: action,
            fromNode: try parts["fromnode"].map(NameMatcher.init),
            toNode: try parts["tonode"].map(NameMatcher.init),
            fromService: try parts["fromservice"].map(NameMatcher.init),
            toService: try parts["toservice"].map(NameMatcher.init)
        )
    }

    @Test func `lets everything pass without a rule that fits`() throws {
        #expect(Firewall().decide(envelope) == .accept)
        #expect(Firewall(rules: [try rule(.drop, ["fromnode": "fo"])]).decide(envelope) == .accept)
    }

    @Test func `does what the first rule that fits says`() throws {
        let rules = [
            try rule(.drop, ["fromnode": "foo", "toservice": "other"]),
            try rule(.reject, ["fromnode": "/f.*/", "tonode": "/(?i)BAR/"]), try rule(.accept, [:]),
        ]
        #expect(Firewall(rules: rules).decide(envelope) == .reject)
    }

    @Test(arguments: [
        ["fromnode": "foo", "tonode": "bar", "fromservice": "/[a-z0-9]{4}1234/", "toservice": "control"],
        ["toservice": "/c.*/"], [:],
    ])
    func `applies a rule when all that it names fits`(parts: [String: String]) throws {
        #expect(Firewall(rules: [try rule(.drop, parts)]).decide(envelope) == .drop)
    }

    @Test(arguments: ["/", "//", "/a", "/(/"])
    func `has no rule with a pattern that is wrong`(text: String) {
        #expect { try NameMatcher(text) } throws: { ($0 as? MeshError)?.code == .invalidPattern }
    }
}
