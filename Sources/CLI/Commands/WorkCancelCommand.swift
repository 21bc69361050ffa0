import ArgumentParser
import ControlClient

/// `work cancel UNIT…`
struct WorkCancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel (kill) one or more units of work.",
        discussion: """
            Prints a line for each unit: (UNIT, cancelled), or (UNIT, cancel pending) when the node that does the \
            work cannot be reached; it is then cancelled as soon as it can.

            EXAMPLES
              workceptorctl work cancel t1BlAB18 87Vwqb6A

            EXIT CODES
              0  all were cancelled
              1  at least one was not
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The IDs of the units.", completion: .custom(Completions.units))
    var units: [String] = []

    func run() throws {
        guard !units.isEmpty else { return Console.warn("No unit IDs supplied: Not doing anything") }
        let control = try connection.connect()
        let operation = UnitOperation(title: "Cancelled:") { unit throws(ControlError) in try control.cancel(unit) }
        try operation.run(on: units)
    }
}
