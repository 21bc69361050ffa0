/// What is wrong with a pattern.
public struct NamePatternError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, without the pattern itself, in one line.
    public let message: String

    init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }

    static let tooLarge = NamePatternError("its repetitions make it too large")
    static let tooDeep = NamePatternError("its groups are nested too deeply")
}
