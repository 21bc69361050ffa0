import ArgumentParser
import ControlClient
import JSON

/// `traceroute NODE`
struct TracerouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traceroute",
        abstract: "Do a traceroute to a Receptor node.",
        discussion: """
            Shows the nodes on the way to a node of the mesh, one a line. A hop that does not answer is reported on \
            standard error; the exit code stays 0, as with receptorctl.

            EXAMPLES
              workceptorctl traceroute node3
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The ID of the node.", completion: .custom(Completions.nodes))
    var node: String

    @Flag(help: "Print as JSON.")
    var json = false

    func run() throws {
        let reply = try connection.connect().command(.traceroute(target: node))
        if json { return try Console.print(reply) }
        let hops = (reply.object?.members ?? []).compactMap { hop in Int(hop.name).map { ($0, hop.value) } }
        for (number, hop) in hops.sorted(by: { $0.0 < $1.0 }) {
            let place = "\(hop["From"]?.string ?? "?") in \(hop["TimeStr"]?.string ?? "?")"
            if let error = hop["Error"] {
                Console.error("\(number): Error \(PythonText.string(of: error)) from \(place)")
            } else {
                try Console.print("\(number): \(place)")
            }
        }
    }
}
