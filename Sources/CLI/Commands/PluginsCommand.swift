import ArgumentParser
import ControlClient
import JSON

/// `plugins`
struct PluginsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins",
        abstract: "Show the plugins of the node and the work types they serve.",
        discussion: """
            Shows which plugins are built into the node with the settings each understands, and which work types \
            are configured, with the place of each in the configuration. Only Workceptor nodes know this command.

            EXAMPLES
              workceptorctl plugins
              workceptorctl plugins --json | jq -r '.WorkTypes[].WorkType'
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Flag(help: "Print as JSON.")
    var json = false

    func run() throws {
        let reply = try plugins()
        if json { return try Console.print(reply) }
        let output = Console.output
        let report = PluginsReport(reply)
        let width = output.isTerminal ? output.size.columns : nil
        for line in report.lines(width: width, usesColour: output.usesColour) { try output.print(line) }
    }

    private func plugins() throws -> JSONValue {
        let control = try connection.connect()
        do {
            return try control.command(.plugins)
        } catch {
            guard error.code == .refused, error.message.hasPrefix("Unknown command") else { throw error }
            throw CommandFailure("Node \(control.nodeID) does not know plugins: it is not a Workceptor node")
        }
    }
}
