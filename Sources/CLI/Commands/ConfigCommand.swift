import ArgumentParser

/// `config …`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Commands related to the configuration of a node.",
        subcommands: [ConfigCheckCommand.self]
    )
}
