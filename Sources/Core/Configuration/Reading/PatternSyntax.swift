/// Checks the syntax of regular expressions, as Go writes them in firewall rules.
///
/// This finds what an operator gets wrong (brackets that do not close, a repetition of nothing) without an engine in
/// the daemon; the engine that matches has the last word.
struct PatternSyntax {
    /// Longer patterns than this are refused.
    static let maximumLength = 1000

    private var rest: Substring.UnicodeScalarView
    private var openGroups = 0
    private var canRepeat = false

    /// What is wrong with a pattern, or `nil`.
    static func problem(in pattern: Substring) -> String? {
        guard pattern.utf8.count <= maximumLength else { return "it is longer than \(maximumLength) bytes" }
        var syntax = PatternSyntax(rest: pattern.unicodeScalars)
        while let scalar = syntax.rest.popFirst() {
            if let problem = syntax.problem(at: scalar) { return problem }
        }
        return syntax.openGroups == 0 ? nil : "a '(' is not closed"
    }

    private init(rest: Substring.UnicodeScalarView) { self.rest = rest }

    private mutating func problem(at scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "(": return group()
        case ")":
            openGroups -= 1
            canRepeat = true
            return openGroups < 0 ? "a ')' closes nothing" : nil
        case "[": return characterClass()
        case "*", "+", "?": return repetition(of: scalar)
        case "{": return count()
        case "\\":
            canRepeat = true
            return rest.popFirst() == nil ? "it ends in '\\'" : nil
        case "|":
            canRepeat = false
            return nil
        default:
            canRepeat = true
            return nil
        }
    }

    private mutating func group() -> String? {
        canRepeat = false
        guard rest.first == "?" else {
            openGroups += 1
            return nil
        }
        rest.removeFirst()
        let flags = rest.prefix { $0 != ":" && $0 != ")" && $0 != ">" }
        rest = rest.dropFirst(flags.count)
        let isName = flags.starts(with: "P<".unicodeScalars) || flags.first == "<"
        switch rest.popFirst() {
        case ">" where isName, ":" where flags.allSatisfy({ "imsU-".unicodeScalars.contains($0) }):
            openGroups += 1
            return nil
        case ")" where !flags.isEmpty && flags.allSatisfy({ "imsU-".unicodeScalars.contains($0) }):
            return nil
        default:
            return "'(?' is not followed by flags or a name"
        }
    }

    private mutating func characterClass() -> String? {
        if rest.first == "^" { rest.removeFirst() }
        // A bracket that comes first is a member.
        if rest.first == "]" { rest.removeFirst() }
        while let scalar = rest.popFirst() {
            switch scalar {
            case "]":
                canRepeat = true
                return nil
            case "\\":
                _ = rest.popFirst()
            case "[" where rest.first == ":":
                let name = rest.prefix { $0 != "]" }
                guard name.count > 2, name.last == ":" else { return "a '[:' is not closed" }
                rest = rest.dropFirst(name.count + 1)
            default:
                continue
            }
        }
        return "a '[' is not closed"
    }

    private mutating func repetition(of scalar: Unicode.Scalar) -> String? {
        guard canRepeat else { return "'\(scalar)' repeats nothing" }
        if rest.first == "?" { rest.removeFirst() }
        canRepeat = false
        return nil
    }

    /// `{2}`, `{2,}` or `{2,5}`; any other brace stands for itself.
    private mutating func count() -> String? {
        let body = rest.prefix { $0 != "}" }
        let bounds = body.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        let isCount =
            body.endIndex != rest.endIndex
            && bounds.enumerated().allSatisfy { index, bound in
                (index == 1 && bound.isEmpty) || (!bound.isEmpty && bound.allSatisfy { $0.isASCII && $0.isNumber })
            }
        guard isCount else {
            canRepeat = true
            return nil
        }
        rest = rest.dropFirst(body.count + 1)
        let numbers = bounds.filter { !$0.isEmpty }.map { Int($0) ?? .max }
        guard numbers.allSatisfy({ $0 <= 1000 }) else { return "a repetition is greater than 1000" }
        guard numbers.count < 2 || numbers[0] <= numbers[1] else {
            return "a repetition's bounds are the wrong way round"
        }
        return repetition(of: "{")
    }
}
