internal import ArgumentParser
internal import Configuration
internal import ControlProtocol
internal import Glibc
internal import LinuxSystem
internal import UnixSignals
internal import Workceptor

/// The daemon's command line.
@main
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workceptor",
        abstract: "Runs units of work on this node, with work types as plugins.",
        usage: """
            workceptor --config FILE [--check]
            workceptor --node-id ID --socket PATH [--data-dir DIR] [--plugins-dir DIR]
            """,
        discussion: """
            The node's work types, control services and links are read from a YAML file in either of Receptor's \
            layouts. Without a file, a node identifier and a socket path are enough; its work types are then those of \
            the drop-ins in --plugins-dir.

            Work survives the daemon: each running unit has a runner of its own (workceptor-runner), which a daemon that \
            starts again finds.

            SIGNALS
              SIGTERM, SIGINT  take no more connections, let commands in flight finish (10 s at most), exit; a second \
            one exits at once. Units that run go on.
              SIGHUP           read the configuration again, as workceptorctl reload does.

            ENVIRONMENT
              WORKCEPTOR_RUNNER  the path of workceptor-runner, if it is not beside the daemon or in \
            ../libexec/workceptor.
              NOTIFY_SOCKET      set by systemd for a service of Type=notify.

            EXIT STATUS
              0  ended by a signal, or --check found nothing wrong.
              1  the configuration is wrong, or the node could not start; each problem is one line.
              64 the command line is wrong.
            """,
        version: "workceptor \(WorkceptorVersion.current)"
    )

    @Option(
        name: [.short, .long],
        parsing: .singleValue,
        help: ArgumentHelp("Read the configuration from FILE.", valueName: "file")
    )
    var config: [String] = []

    @Flag(help: "Only check the configuration and its drop-ins: print all problems and exit.")
    var check = false

    @Option(help: ArgumentHelp("The node's identifier, when there is no file.", valueName: "id"))
    var nodeID: String?

    @Option(help: ArgumentHelp("The path of the control socket, when there is no file.", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("The data directory, when there is no file (default: /tmp/receptor).", valueName: "dir"))
    var dataDir: String?

    @Option(help: ArgumentHelp("The directory of drop-ins, when there is no file.", valueName: "dir"))
    var pluginsDir: String?

    @Option(help: "What to log at the least: error, warning, info, debug or trace (default: the file's log-level).")
    var logLevel: LogLevelOption?

    @Option(help: "How to log: text or json, one line an event on standard error.")
    var logFormat: LineLogHandler.Format = .text

    static func main() async {
        Machine.openStandardDescriptors()
        // Nothing to reload yet, and nothing to die of; nor is a log whose reader is gone.
        Machine.disregard(signals: [SIGHUP, SIGPIPE])
        await main(nil)
    }

    func validate() throws {
        if config.count > 1 { throw ValidationError("give --config once: a node has one file") }
        if !config.isEmpty && (nodeID != nil || socket != nil || dataDir != nil || pluginsDir != nil) {
            throw ValidationError("--node-id, --socket, --data-dir and --plugins-dir are for a node without --config")
        }
    }

    func run() async throws {
        // Only here: whoever misspelt an option is to hear of that.
        if config.isEmpty && (nodeID == nil || socket == nil) {
            throw ValidationError("give --config FILE, or both --node-id ID and --socket PATH")
        }
        let source: NodePlan.Source =
            if let config = config.first {
                .file(config)
            } else {
                .minimal(nodeID: nodeID, socket: socket ?? "", dataDirectory: dataDir, dropIns: pluginsDir)
            }
        // Before the files are read: what changes from here on is a reload's.
        let hangUps = check ? nil : await UnixSignalsSequence(trapping: .sighup)
        let plan: NodePlan
        do {
            plan = try NodePlan(source, for: check ? .check : .start)
        } catch {
            StandardError.write("\(error)\n")
            throw ExitCode(1)
        }
        guard let hangUps else {
            for warning in plan.warnings { StandardError.write("warning: \(warning.account)\n") }
            let count = plan.registry.all.count
            print("\(config.first ?? "configuration"): ok, \(count) work type\(count == 1 ? "" : "s")")
            return
        }
        do {
            try await RunningNode.run(
                plan,
                source: source,
                hangUps: hangUps,
                logLevel: logLevel?.level,
                format: logFormat
            )
            StandardError.flush()
        } catch {
            StandardError.write("workceptor: error: \(error)\n")
            throw ExitCode(1)
        }
    }
}
