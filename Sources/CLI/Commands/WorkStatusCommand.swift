import ArgumentParser
import ControlClient
import JSON
import TimeFormats

/// `work status UNIT`
struct WorkStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show one unit of work.",
        discussion: """
            EXAMPLES
              workceptorctl work status t1BlAB18
              workceptorctl work status t1BlAB18 --json | jq -r .StateName
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Argument(help: "The ID of the unit.", completion: .custom(Completions.units))
    var unit: String

    @Flag(help: "Print as JSON.")
    var json = false

    func run() throws {
        let control = try connection.connect()
        if json { return try Console.print(control.status(of: unit)) }
        // Only a list has the times.
        let listed = try control.listUnits(unit, withTimes: true)
        guard let status = listed[unit] else { throw CommandFailure("unknown work unit \(unit)") }
        let report = UnitReport(unit: try ListedUnit(unitID: unit, status), now: WallClock.now)
        for line in report.lines(usesColour: Console.output.usesColour) { try Console.print(line) }
    }
}
