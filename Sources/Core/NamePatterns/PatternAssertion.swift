/// What must hold at a place in the name, without taking a character.
enum PatternAssertion: Sendable, Hashable {
    case start, end, lineStart, lineEnd, wordBoundary, noWordBoundary

    func holds(in name: [Unicode.Scalar], at place: Int) -> Bool {
        let before = place > 0 ? name[place - 1] : nil
        let after = place < name.count ? name[place] : nil
        return switch self {
        case .start: before == nil
        case .end: after == nil
        case .lineStart: before == nil || before == "\n"
        case .lineEnd: after == nil || after == "\n"
        case .wordBoundary: Self.isWord(before) != Self.isWord(after)
        case .noWordBoundary: Self.isWord(before) == Self.isWord(after)
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        return CharacterSet.word.contains(scalar)
    }
}
