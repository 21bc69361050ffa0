import ArgumentParser
import ControlClient
import JSON

/// `work release UNIT…`
struct WorkReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release (delete) one or more units of work.",
        discussion: """
            A unit that is not complete is cancelled first. Prints a line for each unit: (UNIT, released), or \
            (UNIT, release pending) when the node that does the work cannot be reached; it is then released as \
            soon as it can, or at once with --force, which forgets the unit here and may leave it there.

            EXAMPLES
              workceptorctl work release t1BlAB18
              workceptorctl work release --all

            EXIT CODES
              0  all were released
              1  at least one was not
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Flag(help: "Delete locally even if we can't reach the remote node.")
    var force = false

    @Flag(help: "Delete all work units.")
    var all = false

    @Argument(help: "The IDs of the units.", completion: .custom(Completions.units))
    var units: [String] = []

    func validate() throws {
        // One of the two is a mistake, and what is deleted does not come back.
        guard !all || units.isEmpty else { throw ValidationError("give --all or the IDs of units, not both") }
    }

    func run() throws {
        guard all || !units.isEmpty else { return Console.warn("No unit IDs supplied: Not doing anything") }
        let control = try connection.connect()
        let force = force
        let operation = UnitOperation(title: "Released:") { unit throws(ControlError) in
            try control.release(unit, force: force)
        }
        try operation.run(on: all ? try control.listUnits().names.sorted() : units)
    }
}
