/// What a firewall rule says of a name: the name itself, or a regular expression between slashes that has to match the
/// whole name (mesh-protocol §5).
public enum NameMatcher: Sendable {
    /// This name.
    case name(String)
    /// The names that match.
    case pattern(NamePattern)

    /// Reads a value of the configuration.
    ///
    /// - Throws: ``NamePatternError``.
    public init(_ text: String) throws(NamePatternError) {
        guard !text.isEmpty else { throw NamePatternError("a name must not be empty; without the key, all names fit") }
        guard text.utf8.first == UInt8(ascii: "/") else {
            self = .name(text)
            return
        }
        guard text.utf8.count > 2, text.utf8.last == UInt8(ascii: "/") else {
            throw NamePatternError("a pattern must end with the '/' it starts with, such as /node.*/")
        }
        do throws(NamePatternError) {
            self = .pattern(try NamePattern(text.dropFirst().dropLast()))
        } catch {
            throw NamePatternError("\(text) is not a regular expression: \(error.message)")
        }
    }

    /// Whether a name is meant.
    public func matches(_ name: String) -> Bool {
        switch self {
        case .name(let wanted): wanted.utf8.elementsEqual(name.utf8)
        case .pattern(let pattern): pattern.matches(name)
        }
    }
}
