import ArgumentParser
import ControlClient
import Glibc

/// `connect NODE SERVICE`
struct ConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Connect the local terminal to a Receptor service on a remote node.",
        discussion: """
            Carries standard input to the service and what it answers to standard output. The end of the input is \
            passed on, and the session lasts until the service ends its side.

            With --raw every key goes to the service, Ctrl-C included. To leave such a session, press Enter and \
            then type ~. (tilde, full stop); ~~ sends one tilde.

            EXAMPLES
              workceptorctl connect node2 control
              echo 'work list' | workceptorctl connect node2 control
              workceptorctl connect --raw node2 shell
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The ID of the node.", completion: .custom(Completions.nodes))
    var node: String

    @Argument(help: "The name of the service on that node.")
    var service: String

    @Flag(name: [.long, .short], help: "Set the terminal to raw mode.")
    var raw = false

    @Option(
        name: .customLong("tls-client"),
        help: ArgumentHelp(
            "TLS client of the node's configuration with which it connects. Not supported yet.",
            valueName: "name"
        )
    )
    var tlsClient = ""

    func run() throws {
        let isInteractive = isatty(STDIN_FILENO) == 1
        let isRaw = raw && isInteractive
        // In raw mode the terminal must be restored whatever ends us.
        let signals = isRaw ? try SignalPipe.catching(SIGINT, SIGTERM, SIGHUP) : nil
        let control = try connection.connect(interruption: signals?.interruption)
        try control.connect(toNode: node, service: service, tlsClient: tlsClient)
        defer { if isInteractive { try? Console.print() } }
        if isRaw {
            try bridgeRaw(control, signals)
        } else {
            var bridge = Bridge(connection: control, input: STDIN_FILENO, output: STDOUT_FILENO)
            try bridge.run()
        }
    }

    private func bridgeRaw(_ control: ControlConnection, _ signals: SignalPipe?) throws {
        Console.note("Connected to \(service) on \(node). Enter ~ . leaves.")
        let mode = TerminalMode(.raw, of: STDIN_FILENO)
        var escape = EscapeSequence()
        var bridge = Bridge(connection: control, input: STDIN_FILENO, output: STDOUT_FILENO)
        do {
            try bridge.run { escape.filter(&$0) }
        } catch {
            guard error.code == .interrupted else { throw error }
            throw CommandFailure(nil, exitCode: .signal(signals?.take().first ?? SIGTERM))
        }
        _ = consume mode
    }
}
