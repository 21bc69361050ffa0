/// Reads regular expressions in Go's syntax.
///
/// What only matters for finding a match within a text is read and has no effect: greed, names of groups.
struct PatternParser {
    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    private var rest: Substring.UnicodeScalarView
    private var flags = Flags()
    private static let maximumLength = 1_000
    private static let maximumDepth = 50
    private static let maximumCount = 1_000

    static func parse(_ text: String) throws(NamePatternError) -> PatternNode {
        guard text.utf8.count <= maximumLength else {
            throw NamePatternError("it is longer than \(maximumLength) bytes")
        }
        var parser = PatternParser(rest: text[...].unicodeScalars)
        let node = try parser.alternatives(depth: 0)
        guard parser.rest.isEmpty else { throw NamePatternError("a ')' closes nothing") }
        return node
    }

    private init(rest: Substring.UnicodeScalarView) { self.rest = rest }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func alternatives(depth: Int) throws(NamePatternError) -> PatternNode {
        guard depth < Self.maximumDepth else { throw .tooDeep }
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(NamePatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = rest.first, scalar != "|", scalar != ")" {
            if scalar == "{", try count() != nil { throw NamePatternError("'{' repeats nothing") }
            rest.removeFirst()
            guard let part = try part(startingWith: scalar, depth: depth) else { continue }
            parts.append(try repeated(part))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// One part; `nil` for what only sets flags.
    private mutating func part(
        startingWith scalar: Unicode.Scalar,
        depth: Int
    ) throws(NamePatternError) -> PatternNode? {
        switch scalar {
        case "(": return try group(depth: depth)
        case "[": return .scalar(try characterClass())
        case "\\": return try escape()
        case ".": return .scalar(flags.dotMatchesNewline ? .any : .anyButNewline)
        case "^": return .assertion(flags.isMultiline ? .lineStart : .start)
        case "$": return .assertion(flags.isMultiline ? .lineEnd : .end)
        case "*", "+", "?": throw NamePatternError("'\(scalar)' repeats nothing")
        default: return .scalar(CharacterSet(scalar, ignoringCase: flags.ignoresCase))
        }
    }

    // MARK: Groups

    private mutating func group(depth: Int) throws(NamePatternError) -> PatternNode? {
        let outer = flags
        if take("?"), try !groupPrefix() { return nil }
        let node = try alternatives(depth: depth + 1)
        guard take(")") else { throw NamePatternError("a '(' is not closed") }
        flags = outer
        return node
    }

    /// Reads what follows `(?`.
    ///
    /// - Returns: whether a group follows; else the flags hold to the end of the group around them.
    private mutating func groupPrefix() throws(NamePatternError) -> Bool {
        if rest.first == "P" || rest.first == "<" {
            _ = take("P")
            return try groupName()
        }
        var isOn = true
        var hasFlags = false
        while let scalar = rest.popFirst() {
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "m": flags.isMultiline = isOn
            case "s": flags.dotMatchesNewline = isOn
            case "U": break
            case "-" where isOn: isOn = false
            case ":": return true
            case ")" where hasFlags: return false
            default: throw NamePatternError("'(?' is not followed by flags or a name")
            }
            hasFlags = true
        }
        throw NamePatternError("a '(' is not closed")
    }

    private mutating func groupName() throws(NamePatternError) -> Bool {
        let problem = NamePatternError("'(?' is not followed by flags or a name")
        guard take("<") else { throw problem }
        let name = rest.prefix { CharacterSet.word.contains($0) }
        guard !name.isEmpty else { throw problem }
        rest = rest.dropFirst(name.count)
        guard take(">") else { throw problem }
        return true
    }

    // MARK: Repetitions

    private mutating func repeated(_ part: PatternNode) throws(NamePatternError) -> PatternNode {
        guard let (minimum, maximum) = try repetition() else { return part }
        // Greed matters only where a match is searched for.
        _ = take("?")
        guard try repetition() == nil else { throw NamePatternError("a repetition is repeated") }
        return .repetition(part, minimum: minimum, maximum: maximum)
    }

    private mutating func repetition() throws(NamePatternError) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        return rest.first == "{" ? try count() : nil
    }

    /// `{2}`, `{2,}` or `{2,5}`; any other brace stands for itself.
    private mutating func count() throws(NamePatternError) -> (minimum: Int, maximum: Int?)? {
        let mark = rest
        _ = take("{")
        guard let minimum = number() else {
            rest = mark
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else {
            rest = mark
            return nil
        }
        guard max(minimum, maximum ?? 0) <= Self.maximumCount else {
            throw NamePatternError("a repetition is greater than \(Self.maximumCount)")
        }
        guard minimum <= maximum ?? minimum else {
            throw NamePatternError("a repetition's bounds are the wrong way round")
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        let digits = rest.prefix { CharacterSet.digit.contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        return Int(String(String.UnicodeScalarView(digits))) ?? .max
    }

    // MARK: Characters

    private mutating func escape() throws(NamePatternError) -> PatternNode {
        switch rest.first {
        case "A": return assertion(.start)
        case "z": return assertion(.end)
        case "b": return assertion(.wordBoundary)
        case "B": return assertion(.noWordBoundary)
        default: break
        }
        if let set = try escapedClass() { return .scalar(set) }
        return .scalar(CharacterSet(try escapedScalar(), ignoringCase: flags.ignoresCase))
    }

    private mutating func assertion(_ assertion: PatternAssertion) -> PatternNode {
        rest.removeFirst()
        return .assertion(assertion)
    }

    /// What follows a backslash, if it stands for a set of characters.
    private mutating func escapedClass() throws(NamePatternError) -> CharacterSet? {
        let set: CharacterSet? =
            switch rest.first {
            case "d": .digit
            case "D": CharacterSet.digit.negated
            case "w": .word
            case "W": CharacterSet.word.negated
            case "s": .space
            case "S": CharacterSet.space.negated
            default: nil
            }
        if set != nil { rest.removeFirst() }
        return set
    }

    /// What follows a backslash, if it stands for one character.
    private mutating func escapedScalar() throws(NamePatternError) -> Unicode.Scalar {
        guard let scalar = rest.popFirst() else { throw NamePatternError("it ends in '\\'") }
        switch scalar {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "x": return try hexadecimal()
        case "0"..."7": return try octal(first: scalar)
        default:
            guard scalar.isASCII, !CharacterSet.word.contains(scalar) || scalar == "_" else {
                throw NamePatternError("'\\\(scalar)' is not supported")
            }
            return scalar
        }
    }

    /// `\x7f` or `\x{10ffff}`
    private mutating func hexadecimal() throws(NamePatternError) -> Unicode.Scalar {
        let problem = NamePatternError("'\\x' is not followed by a character's number")
        let isBraced = take("{")
        let digits = rest.prefix { $0.properties.isASCIIHexDigit }.prefix(isBraced ? 8 : 2)
        rest = rest.dropFirst(digits.count)
        guard isBraced || digits.count == 2, !isBraced || take("}"),
            let scalar = UInt32(String(String.UnicodeScalarView(digits)), radix: 16).flatMap({ Unicode.Scalar($0) })
        else { throw problem }
        return scalar
    }

    /// `\012`; a digit other than 0 alone would be a reference to a group, which is not regular.
    private mutating func octal(first: Unicode.Scalar) throws(NamePatternError) -> Unicode.Scalar {
        let more = rest.prefix(2).prefix { ("0"..."7").contains($0) }
        guard first == "0" || !more.isEmpty else { throw NamePatternError("'\\\(first)' is not supported") }
        rest = rest.dropFirst(more.count)
        let digits = String(String.UnicodeScalarView([first] + more))
        guard let scalar = UInt32(digits, radix: 8).flatMap({ Unicode.Scalar($0) }) else {
            throw NamePatternError("'\\\(digits)' is not a character")
        }
        return scalar
    }

    /// What follows `[`.
    private mutating func characterClass() throws(NamePatternError) -> CharacterSet {
        let isNegated = take("^")
        var set = CharacterSet([])
        var isFirst = true
        while isFirst || rest.first != "]" {
            guard !rest.isEmpty else { throw NamePatternError("a '[' is not closed") }
            // A bracket that comes first is a member.
            isFirst = false
            set.formUnion(try classMember())
        }
        rest.removeFirst()
        if flags.ignoresCase { set.ignoreCase() }
        return isNegated ? set.negated : set
    }

    private mutating func classMember() throws(NamePatternError) -> CharacterSet {
        if let named = try namedClass() { return named }
        if rest.first == "\\" {
            let mark = rest
            rest.removeFirst()
            if let set = try escapedClass() { return set }
            rest = mark
        }
        let low = try classScalar()
        let mark = rest
        guard take("-"), rest.first != "]", !rest.isEmpty else {
            rest = mark
            return CharacterSet([low...low])
        }
        let high = try classScalar()
        guard low <= high else { throw NamePatternError("a range of characters is the wrong way round") }
        return CharacterSet([low...high])
    }

    /// `[:alpha:]` or `[:^alpha:]`
    private mutating func namedClass() throws(NamePatternError) -> CharacterSet? {
        guard rest.starts(with: "[:".unicodeScalars) else { return nil }
        let mark = rest
        rest = rest.dropFirst(2)
        let isNegated = take("^")
        let name = rest.prefix { CharacterSet.word.contains($0) }
        rest = rest.dropFirst(name.count)
        guard take(":"), take("]") else {
            rest = mark
            return nil
        }
        guard let set = CharacterSet.named(String(String.UnicodeScalarView(name))) else {
            throw NamePatternError("no class of characters has the name '\(String(String.UnicodeScalarView(name)))'")
        }
        return isNegated ? set.negated : set
    }

    private mutating func classScalar() throws(NamePatternError) -> Unicode.Scalar {
        guard let scalar = rest.popFirst() else { throw NamePatternError("a '[' is not closed") }
        return scalar == "\\" ? try escapedScalar() : scalar
    }
}
