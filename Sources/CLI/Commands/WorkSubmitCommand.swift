import ArgumentParser
import ControlClient
import Glibc
import JSON

/// `work submit WORKTYPE [CMDPARAMS…]`
struct WorkSubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a new unit of work.",
        discussion: """
            Exactly one of --payload, --payload-literal and --no-payload says what the unit gets as its standard \
            input. The words after the work type are joined and passed on as parameters, if the work type allows \
            that; put -- before words that start with a dash. The value of a --param that starts with @ is the \
            name of a file whose content is meant; one that starts with @@ is passed on as it stands.

            With --node another node of the mesh does the work, with the work types that it offers. The unit's ID \
            is that of the unit here, which copies payload, output and state; "work status" shows the other one. \
            The node may be down: the work starts when it is reached, or fails when --ttl is over.

            Without --follow prints "Result: …" and "Unit ID: …" as soon as the node has the work. With --follow \
            writes the output of the unit until it ends, also across restarts of the node. Ctrl-C then cancels the \
            unit and waits for its end; a second Ctrl-C leaves it as it is. Ctrl-C while the payload is sent \
            takes the unit back.

            EXAMPLES
              workceptorctl work submit echo --payload-literal hello --follow --rm
              tar c data | workceptorctl work submit --node node2 import --payload - -f
              workceptorctl work submit --node node2 import --payload data.tar --signwork --ttl 1h
              workceptorctl work submit listcontents --no-payload -f /root /bin
              workceptorctl work submit listcontents -n -a params='--all' /root
              workceptorctl work submit deploy -n -a secret_token=@token.txt

            EXIT CODES
              0      submitted; with --follow: the unit has succeeded
              1      the node could not be reached, or the payload not be read;
                     with --follow: failed without an exit status, or cancelled
              101    the work was not taken
              130    cancelled by Ctrl-C (143: by SIGTERM)
              1-255  with --follow: the exit status of the unit
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The work type.", completion: .custom(Completions.workTypes))
    var worktype: String

    @Argument(help: "Parameters for the work.")
    var cmdparams: [String] = []

    @Option(
        help: ArgumentHelp(
            "Node of the mesh to run the work on. Defaults to the node that is talked to.",
            valueName: "node"
        ),
        completion: .custom(Completions.nodes)
    )
    var node: String?

    @Option(
        name: [.long, .short],
        help: ArgumentHelp("File containing unit of work data. Use - for stdin.", valueName: "file"),
        completion: .file()
    )
    var payload: String?

    @Option(
        name: [.long, .customShort("l")],
        parsing: .unconditional,
        help: ArgumentHelp("Use this text and a line break as the unit of work data; '' is no data.", valueName: "text")
    )
    var payloadLiteral: String?

    @Flag(name: [.long, .short], help: "Send an empty payload.")
    var noPayload = false

    @Option(
        name: .customLong("tls-client"),
        help: ArgumentHelp(
            "TLS client of the node's configuration with which it connects to --node. Not supported yet.",
            valueName: "name"
        )
    )
    var tlsClient = ""

    @Option(
        help: ArgumentHelp(
            "Only with --node: how long the work may wait to start, such as 1h20m30s; then it fails.",
            valueName: "duration"
        )
    )
    var ttl = ""

    @Flag(
        help: """
            Only with --node: sign the submission, and later requests for the unit, with the work-signing key of the \
            node that is talked to. Work types with verifysignature ask for it.
            """
    )
    var signwork = false

    @Flag(name: [.long, .short], help: "Remain attached to the job and print its results to stdout.")
    var follow = false

    @Flag(help: "Release unit after completion.")
    var rm = false

    @Option(
        name: [.long, .customShort("a")],
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Additional parameter; may be repeated.", valueName: "name=value")
    )
    var param: [String] = []

    func run() throws {
        let source = try payloadSource()
        if rm, !follow { Console.warn("using --rm without --follow. Unit results will never be seen.") }
        let target = node.flatMap { $0.isEmpty ? nil : $0 }
        if signwork, target == nil { Console.warn("--signwork has no effect without --node.") }
        let request = SubmitRequest(
            node: target ?? "localhost",
            workType: worktype,
            parameters: Dictionary(
                try UnitParameters.parse(options: param, words: cmdparams).map { ($0.name, $0.value) },
                uniquingKeysWith: { $1 }
            ),
            timeToLive: ttl.isEmpty ? nil : ttl,
            signsWork: signwork,
            tlsClient: tlsClient.isEmpty ? nil : tlsClient
        )
        let signals = try SignalPipe.catching(SIGINT, SIGTERM)
        let submission = UnitSubmission(
            request: request,
            isReleasedOnFailure: rm,
            signals: signals,
            connect: connection.connect
        )
        let reply = try submission.run(source)
        guard let unitID = reply["unitid"]?.string else {
            throw CommandFailure("the node's reply names no unit: \(reply.serialized)", exitCode: .submitFailed)
        }
        do {
            try report(reply, unitID, signals)
        } catch {
            // The failure of the unit is what counts, not that of taking it away.
            if rm { try? release(unitID) }
            throw error
        }
        if rm { try release(unitID) }
    }

    private func report(_ reply: JSONValue, _ unitID: String, _ signals: SignalPipe) throws {
        guard follow else {
            try Console.print("Result: \(reply["result"]?.string ?? "")")
            return try Console.print("Unit ID: \(unitID)")
        }
        var follower = UnitFollower(
            unitID: unitID,
            output: STDOUT_FILENO,
            isKnown: true,
            signals: signals,
            connect: connection.connect,
            note: Console.note
        )
        try follower.run().check()
    }

    private func release(_ unitID: String) throws {
        let control = try connection.connect()
        let operation = UnitOperation { unit throws(ControlError) in try control.release(unit) }
        try operation.run(on: [unitID])
    }

    /// What the unit gets as its standard input.
    func payloadSource() throws -> PayloadSource {
        let file = payload.flatMap { $0.isEmpty ? nil : $0 }
        switch [file != nil, payloadLiteral != nil, noPayload].count(where: { $0 }) {
        case 0: throw CommandFailure("Must provide one of --payload, --no-payload or --payload-literal.")
        case 1: break
        default:
            throw CommandFailure("Cannot provide more than one of --payload, --no-payload and --payload-literal.")
        }
        if let payloadLiteral, !payloadLiteral.isEmpty {
            return .bytes(Array(payloadLiteral.utf8) + [UInt8(ascii: "\n")])
        }
        if let file { return try .file(file) }
        return .bytes([])
    }
}
