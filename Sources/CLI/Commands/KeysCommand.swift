import ArgumentParser

/// `keys …`
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Commands related to the keys that sign work.",
        subcommands: [KeysGenerateCommand.self]
    )
}
