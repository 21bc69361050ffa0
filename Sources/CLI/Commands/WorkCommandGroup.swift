import ArgumentParser

/// `work …`
struct WorkCommandGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Commands related to unit-of-work processing.",
        subcommands: [
            WorkSubmitCommand.self, WorkListCommand.self, WorkStatusCommand.self, WorkResultsCommand.self,
            WorkCancelCommand.self, WorkReleaseCommand.self, WorkWatchCommand.self,
        ]
    )
}
