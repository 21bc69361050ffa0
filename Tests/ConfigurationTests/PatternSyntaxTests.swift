import Testing

@testable import Configuration

@Suite struct `Patterns` {
    @Test(arguments: [
        "a.*b", "(?i)a.*b", "^(a|b)+?$", "[a-z]{2,3}", "[]a]", "[^]]", "[[:alpha:]_]", "(?:a)(?P<n>b)(?<m>c)",
        "\\d+\\.",
        "a{", "a{x}", "a{,2}", "{", "a||b", "()", "(?i:a)", "(?-s)a", "[\\]]", "é+",
    ])
    func `in Go's syntax are accepted`(pattern: String) {
        #expect(PatternSyntax.problem(in: pattern[...]) == nil)
    }

    @Test(arguments: [
        ("(a", "a '(' is not closed"), ("a)", "a ')' closes nothing"), ("[a", "a '[' is not closed"),
        ("[", "a '[' is not closed"), ("[]", "a '[' is not closed"), ("*a", "'*' repeats nothing"),
        ("a**", "'*' repeats nothing"), ("(+)", "'+' repeats nothing"), ("a|?", "'?' repeats nothing"),
        ("a\\", "it ends in '\\'"), ("a{3,2}", "a repetition's bounds are the wrong way round"),
        ("a{1001}", "a repetition is greater than 1000"), ("(?=a)", "'(?' is not followed by flags or a name"),
        ("(?", "'(?' is not followed by flags or a name"), ("[[:alpha", "a '[:' is not closed"),
        ("{2}", "'{' repeats nothing"),
    ])
    func `that are not closed or repeat nothing are refused`(pattern: String, problem: String) {
        #expect(PatternSyntax.problem(in: pattern[...]) == problem)
    }

    @Test func `that are long are refused`() {
        #expect(PatternSyntax.problem(in: String(repeating: "(", count: 1001)[...]) != nil)
    }
}
