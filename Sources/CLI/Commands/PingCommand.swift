import ArgumentParser
import ControlClient
import JSON

/// `ping NODE`
struct PingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping",
        abstract: "Ping a Receptor node.",
        discussion: """
            Has the node send packets to another node of the mesh and shows how long the answers took, or why there \
            was none. traceroute tells which node on the way passes nothing on.

            EXAMPLES
              workceptorctl ping node2
              workceptorctl ping node2 --count 1 --json

            EXIT CODES
              0  all pings were answered
              1  the control service could not be reached
              2  at least one ping was not answered
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The ID of the node.", completion: .custom(Completions.nodes))
    var node: String

    @Option(parsing: .unconditional, help: ArgumentHelp("Number of pings to send.", valueName: "number"))
    var count = 4

    @Option(parsing: .unconditional, help: ArgumentHelp("Seconds to wait between pings.", valueName: "seconds"))
    var delay = 1.0

    @Flag(help: "Print the replies as a JSON array when all have come.")
    var json = false

    func validate() throws {
        guard delay >= 0, delay < 1e9 else { throw ValidationError("--delay must be a number of seconds, 0 or more") }
        guard count >= 0 else { throw ValidationError("--count must be 0 or more") }
    }

    func run() throws {
        let control = try connection.connect()
        var replies: [JSONValue] = []
        for number in 0..<count {
            if number > 0 { _ = Pause.wait(.seconds(delay)) }
            let reply = try control.command(.ping(target: node))
            if !json { try show(reply) }
            replies.append(reply)
        }
        if json { try Console.print(.array(replies)) }
        guard replies.allSatisfy({ $0["Success"]?.bool == true }) else {
            throw CommandFailure(nil, exitCode: .pingFailed)
        }
    }

    private func show(_ reply: JSONValue) throws {
        let source = reply["From"]?.string
        let time = reply["TimeStr"]?.string
        if reply["Success"]?.bool == true {
            return try Console.print("Reply from \(source ?? node) in \(time ?? "?")".withoutControlCharacters)
        }
        let error = reply["Error"]?.string ?? "no answer"
        if let source, let time { return Console.error("\(error) from \(source) in \(time)") }
        Console.error(error)
    }
}
