import ArgumentParser
import ControlClient
import JSON

/// `status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the status of the Receptor network.",
        discussion: """
            Shows the node, its connections, the nodes and routes it knows, and the services and work types that \
            are offered on the mesh. The layout is the same on a terminal and elsewhere; use --json in scripts.

            EXAMPLES
              workceptorctl status
              workceptorctl status --json | jq .RoutingTable
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Flag(help: "Print as JSON.")
    var json = false

    func run() throws {
        let status = try connection.connect().command(.status(fields: nil))
        guard !json, let members = status.object else { return try Console.print(status) }
        try Console.print(NodeStatusReport(members).text)
    }
}
