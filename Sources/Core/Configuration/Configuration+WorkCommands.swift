internal import Workceptor

extension Configuration {
    /// Work types, sorted out.
    struct SortedWorkCommands {
        /// Those that can be registered.
        var sound: [WorkCommand] = []
        /// The others.
        var refused: [WorkCommand] = []
        /// What is wrong with these.
        var problems: [ConfigurationProblem] = []
    }

    /// Sorts out the work types that can be registered.
    ///
    /// - Parameters:
    ///   - commands: the entries; of two with one name the first is kept.
    ///   - canVerify: whether there is, or was meant to be, a key that verifies requests.
    static func sortedWorkCommands(_ commands: [WorkCommand], canVerify: Bool) -> SortedWorkCommands {
        var firsts: [String: WorkCommand] = [:]
        var sorted = SortedWorkCommands()
        for command in commands {
            if let first = firsts[command.worktype] {
                sorted.problems.append(command.duplicateProblem(of: first))
                sorted.refused.append(command)
                continue
            }
            firsts[command.worktype] = command
            if command.verifySignature, !canVerify {
                sorted.problems.append(command.verificationProblem)
                sorted.refused.append(command)
            } else {
                sorted.sound.append(command)
            }
        }
        return sorted
    }
}
