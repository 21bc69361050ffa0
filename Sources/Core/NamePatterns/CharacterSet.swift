/// A set of characters in a regular expression.
struct CharacterSet: Sendable, Hashable {
    private var ranges: [ClosedRange<UInt32>]
    private(set) var isNegated = false
    private(set) var ignoresCase = false

    init(_ ranges: [ClosedRange<Unicode.Scalar>]) {
        self.ranges = ranges.map { $0.lowerBound.value...$0.upperBound.value }
    }

    init(_ scalar: Unicode.Scalar, ignoringCase: Bool) {
        self.init([scalar...scalar])
        ignoresCase = ignoringCase
    }

    static let digit = CharacterSet(["0"..."9"])
    static let word = CharacterSet(["0"..."9", "A"..."Z", "_"..."_", "a"..."z"])
    static let space = CharacterSet(["\t"..."\n", "\u{0C}"..."\r", " "..." "])
    static let any = CharacterSet(["\u{0}"..."\u{10FFFF}"])
    static let anyButNewline = CharacterSet(["\n"..."\n"]).negated

    /// The ASCII class of that name, as in `[[:alpha:]]`.
    static func named(_ name: String) -> CharacterSet? {
        switch name {
        case "alnum": CharacterSet(["0"..."9", "A"..."Z", "a"..."z"])
        case "alpha": CharacterSet(["A"..."Z", "a"..."z"])
        case "ascii": CharacterSet(["\u{0}"..."\u{7F}"])
        case "blank": CharacterSet(["\t"..."\t", " "..." "])
        case "cntrl": CharacterSet(["\u{0}"..."\u{1F}", "\u{7F}"..."\u{7F}"])
        case "digit": digit
        case "graph": CharacterSet(["!"..."~"])
        case "lower": CharacterSet(["a"..."z"])
        case "print": CharacterSet([" "..."~"])
        case "punct": CharacterSet(["!"..."/", ":"..."@", "["..."`", "{"..."~"])
        case "space": CharacterSet(["\t"..."\r", " "..." "])
        case "upper": CharacterSet(["A"..."Z"])
        case "word": word
        case "xdigit": CharacterSet(["0"..."9", "A"..."F", "a"..."f"])
        default: nil
        }
    }

    /// All characters that are not in the set.
    var negated: CharacterSet {
        var set = self
        set.isNegated.toggle()
        return set
    }

    /// Adds all characters of another set.
    mutating func formUnion(_ other: CharacterSet) {
        ranges += other.isNegated ? Self.complement(other.ranges) : other.ranges
    }

    /// Makes upper and lower case the same.
    mutating func ignoreCase() { ignoresCase = true }

    private static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return gaps
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool { isListed(scalar) != isNegated }

    private func isListed(_ scalar: Unicode.Scalar) -> Bool {
        if covers(scalar) { return true }
        guard ignoresCase else { return false }
        if scalar.isASCII {
            guard scalar.properties.isAlphabetic, let other = Unicode.Scalar(scalar.value ^ 0x20) else { return false }
            return covers(other)
        }
        return [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].contains { other in
            // Only characters whose other case is one character, as in Go.
            guard other.unicodeScalars.count == 1, let first = other.unicodeScalars.first else { return false }
            return covers(first)
        }
    }

    private func covers(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } }
}
