/// A part of a regular expression.
indirect enum PatternNode: Sendable, Hashable {
    case scalar(CharacterSet)
    case assertion(PatternAssertion)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// Repeats a part at least so often, and at most so often unless that is `nil`.
    case repetition(PatternNode, minimum: Int, maximum: Int?)
}
