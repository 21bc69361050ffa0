internal import Workceptor

extension Configuration {
    /// Sorts out the work types that can be registered.
    ///
    /// - Parameters:
    ///   - commands: the entries; of two with one name the first is kept.
    ///   - canVerify: whether there is, or was meant to be, a key that verifies requests.
    /// - Returns: the sound ones, and what is wrong with the others.
    static func soundWorkCommands(
        _ commands: [WorkCommand],
        canVerify: Bool
    ) -> (sound: [WorkCommand], problems: [ConfigurationProblem]) {
        var firsts: [String: WorkCommand] = [:]
        var sound: [WorkCommand] = []
        var problems: [ConfigurationProblem] = []
        for command in commands {
            if let first = firsts[command.worktype] {
                problems.append(command.duplicateProblem(of: first))
                continue
            }
            firsts[command.worktype] = command
            if command.verifySignature, !canVerify {
                problems.append(command.verificationProblem)
            } else {
                sound.append(command)
            }
        }
        return (sound, problems)
    }
}
