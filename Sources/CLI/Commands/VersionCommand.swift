import ArgumentParser
import ControlClient
import ControlProtocol
import JSON

/// `version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the versions of workceptorctl and of the node.",
        discussion: "Without a control socket only the first line is printed."
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    func run() throws {
        try Console.print("workceptorctl  \(WorkceptorVersion.current)")
        guard connection.isGiven() else { return }
        let status = try connection.connect().command(.status(fields: ["Version"]))
        try Console.print("receptor       \(status["Version"]?.string ?? "Unknown")")
    }
}
