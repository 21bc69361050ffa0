/// A regular expression in Go's syntax that has to match a whole name.
///
/// Names come from the network and an attacker picks them, so matching never takes more steps than the length of the
/// name times the size of the expression, and that size is bounded.
public struct NamePattern: Sendable {
    private let program: PatternProgram

    /// Reads an expression.
    ///
    /// - Throws: ``NamePatternError``: it is wrong, too large, or uses `\p`, `\Q` or `\C`.
    public init(_ text: some StringProtocol) throws(NamePatternError) {
        program = try PatternProgram(PatternParser.parse(String(text)))
    }

    /// Whether the whole name matches.
    public func matches(_ name: String) -> Bool { program.matches(Array(name.unicodeScalars)) }
}
