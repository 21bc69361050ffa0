/// What is wrong with a regular expression.
struct PatternProblem: Error, Hashable {
    let message: String

    init(_ message: String) { self.message = message }

    static let tooLarge = PatternProblem("its repetitions make it too large")
    static let tooDeep = PatternProblem("its groups are nested too deeply")
}
