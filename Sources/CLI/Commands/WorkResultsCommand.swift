import ArgumentParser
import ControlClient
import Glibc

/// `work results UNIT`
struct WorkResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Get results for a previously or currently running unit of work.",
        discussion: """
            Writes what the unit has written to its standard output, and follows it until the unit ends. When the \
            node is restarted meanwhile, it is waited for and the output goes on where it stopped. Ctrl-C leaves; \
            the unit is not touched.

            EXAMPLES
              workceptorctl work results t1BlAB18 > output
              workceptorctl work results t1BlAB18 --startpos "$(stat -c %s output)" >> output

            EXIT CODES
              0    all of the output is written
              1    the unit has failed, or the output could not be had
              141  nobody reads the output any more
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The ID of the unit.", completion: .custom(Completions.units))
    var unit: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where in the output to start, in bytes.", valueName: "number")
    )
    var startpos: Int64 = 0

    func validate() throws {
        guard startpos >= 0 else { throw ValidationError("--startpos must be 0 or more") }
    }

    func run() throws {
        var follower = UnitFollower(
            unitID: unit,
            from: startpos,
            output: STDOUT_FILENO,
            connect: connection.connect,
            note: Console.note
        )
        let outcome = try follower.run()
        // Which exit status the unit had does not matter to who fetches its output, as with receptorctl.
        guard outcome.status.state == .failed else { return }
        throw CommandFailure(outcome.message)
    }
}
