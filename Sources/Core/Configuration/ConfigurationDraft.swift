public import Workceptor

/// A configuration together with what is wrong with it.
///
/// A draft with problems is good for looking for further ones, in what only the plugins understand, so that the
/// operator sees all of them in one go. Its work types are the sound ones; other values may be placeholders.
public struct ConfigurationDraft: Sendable {
    /// What could be read.
    public var configuration: Configuration
    /// The work types that are refused, as far as they could be read: what their plugins find is worth telling, too. An
    /// empty name or plugin stands for one that is missing or refused.
    public var incompleteWorkCommands: [Configuration.WorkCommand] = []
    /// What is wrong, in the order of the file.
    public var problems: [ConfigurationProblem]

    /// The configuration, to be used.
    ///
    /// - Throws: the problems, if there are any.
    public func checked() throws(ConfigurationProblems) -> Configuration {
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        return configuration
    }
}
