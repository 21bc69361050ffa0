/// A place in a configuration file.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// The file's path as the operator gave it.
    public var file: String
    /// The line, counted from 1.
    public var line: Int
    /// The column, counted from 1.
    public var column: Int

    /// Creates one from its parts.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`
    public var description: String { "\(file):\(line):\(column)" }
}

/// One thing that is wrong with a configuration, worded for the operator who has to mend it.
public struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where it is; `nil` when it is in no file.
    public var position: SourcePosition?
    /// What is wrong.
    public var message: String
    /// What to do about it.
    public var hint: String?

    /// Creates one from its parts.
    public init(_ message: String, at position: SourcePosition? = nil, hint: String? = nil) {
        self.position = position
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: error: message (hint)`
    public var description: String {
        let place = position.map { "\($0): " } ?? ""
        return "\(place)error: \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}

/// Everything that is wrong with a configuration, in the order of the file.
public struct ConfigurationProblems: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problems; never empty when thrown.
    public var problems: [ConfigurationProblem]

    /// Creates one from its parts.
    public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
