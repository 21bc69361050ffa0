internal import Workceptor

extension Configuration {
    /// Sorts out the work types that can be registered.
    ///
    /// - Parameter commands: the entries; of two with one name the first is kept.
    /// - Returns: the sound ones, and what is wrong with the others.
    func soundWorkCommands(_ commands: [WorkCommand]) -> (sound: [WorkCommand], problems: [ConfigurationProblem]) {
        var firsts: [String: WorkCommand] = [:]
        var sound: [WorkCommand] = []
        var problems: [ConfigurationProblem] = []
        for command in commands {
            if let first = firsts[command.worktype] {
                problems.append(command.duplicateProblem(of: first))
                continue
            }
            firsts[command.worktype] = command
            if command.verifySignature, workVerification == nil {
                problems.append(command.verificationProblem)
            } else {
                sound.append(command)
            }
        }
        return (sound, problems)
    }
}
