internal import Logging

/// What all units of a node share.
final class UnitHome: Sendable {
    let environment: WorkEnvironment
    /// The directory with the directories of all units.
    let directory: String
    let logger: Logger

    init(environment: WorkEnvironment, directory: String, logger: Logger) {
        self.environment = environment
        self.directory = directory
        self.logger = logger
    }
}
