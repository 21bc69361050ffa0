import ArgumentParser
import ControlClient
import JSON

/// `reload`
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Reload the configuration of the node.",
        discussion: """
            EXIT CODES
              0  reloaded
              1  the control service could not be reached, or takes no reload from this client
              3  something changed that needs a restart
              4  the configuration does not parse
              5  anything else
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    func run() throws {
        let reply = try connection.connect().command(.reload)
        guard reply["Success"]?.bool != true else { return try Console.print("Reload successful") }
        let error = reply["Error"]?.string ?? "the node did not say why"
        throw CommandFailure(Self.message(for: error), exitCode: Self.exitCode(for: error))
    }

    /// What the node says, without the word that we say ourselves: a finding that has no position begins with it.
    static func message(for error: String) -> String {
        error.hasPrefix("error: ") ? String(error.dropFirst("error: ".count)) : error
    }

    /// The exit code for what the node says about a reload that failed.
    static func exitCode(for error: String) -> CommandFailure.Code {
        if error.contains("ERRORCODE 3") { return CommandFailure.Code(rawValue: 3) }
        if error.contains("ERRORCODE 4") { return CommandFailure.Code(rawValue: 4) }
        return CommandFailure.Code(rawValue: 5)
    }
}
