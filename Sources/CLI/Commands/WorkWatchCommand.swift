import ArgumentParser
import ControlClient
import Glibc

/// `work watch [UNIT…]`
struct WorkWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch units of work change.",
        discussion: """
            On a terminal shows a table that is kept up to date, what goes on first; q or Ctrl-C ends it. Elsewhere \
            prints a line for each change (time, unit, state, detail), until it is ended or until all the units \
            that were named are complete.

            EXAMPLES
              workceptorctl work watch
              workceptorctl work watch t1BlAB18 87Vwqb6A | tee -a log
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The IDs of the units. Defaults to all.", completion: .custom(Completions.units))
    var units: [String] = []

    @Option(help: ArgumentHelp("Seconds between two looks, 0.1 at least.", valueName: "seconds"))
    var interval = 1.0

    func validate() throws {
        guard interval >= 0.1, interval < 1e9 else { throw ValidationError("--interval must be 0.1 seconds or more") }
    }

    func run() throws {
        let output = Console.output
        let signals = try SignalPipe.catching(SIGINT, SIGTERM, SIGHUP, SIGWINCH)
        var watcher = UnitWatcher(
            unitIDs: units,
            interval: .seconds(interval),
            signals: signals,
            connect: connection.connect
        )
        if output.isTerminal {
            try watcher.showTable(on: output)
        } else {
            try watcher.writeChanges(to: output)
        }
    }
}
