import ArgumentParser
import ControlClient
import JSON
import TimeFormats

/// `work list`
struct WorkListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List known units of work.",
        discussion: """
            On a terminal the units are shown as a table; for work on other nodes with that node, and the unit there. Elsewhere, and with --json, they are printed as JSON: an \
            object with the status of each unit under its ID, exactly as receptorctl prints it.

            --state, --type and --older-than choose units; a unit must satisfy each kind of condition that is \
            given. --older-than needs a node that says when its units were created; the JSON then has two more \
            members a unit, Created and Ended.

            EXAMPLES
              workceptorctl work list --state failed
              workceptorctl work list --state succeeded --state failed --older-than 7d --quiet |
                xargs -r workceptorctl work release
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(visibility: .hidden) var tls: TLSOptions

    @Flag(name: [.long, .short], help: "Only list unit IDs with no detail.")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "Node of the mesh whose own units to list. Defaults to the node that is talked to.",
            valueName: "node"
        ),
        completion: .custom(Completions.nodes)
    )
    var node: String?

    @Option(
        name: [.customLong("unit-id"), .customLong("unit_id")],
        help: ArgumentHelp("Only show detail for a specific unit ID.", valueName: "unit"),
        completion: .custom(Completions.units)
    )
    var unitID: String?

    @Option(
        name: .customLong("tls-client"),
        help: ArgumentHelp(
            "TLS client of the node's configuration with which it connects to --node. Not supported yet.",
            valueName: "name"
        )
    )
    var tlsClient = ""

    @Option(help: ArgumentHelp("Only units in this state; may be repeated.", valueName: "state"))
    var state: [StateName] = []

    @Option(
        help: ArgumentHelp("Only units of this work type; may be repeated.", valueName: "worktype"),
        completion: .custom(Completions.workTypes)
    )
    var type: [String] = []

    @Option(help: ArgumentHelp("Only units created longer ago, such as 90s, 1h30m or 7d.", valueName: "duration"))
    var olderThan: TimeSpan?

    @Flag(help: "Print as JSON, even on a terminal.")
    var json = false

    func run() throws {
        let output = Console.output
        let showsTable = output.isTerminal && !json && !quiet
        let control = try connection.connect()
        if let node, !node.isEmpty { try control.connect(toControlServiceOf: node, tlsClient: tlsClient) }
        let unit = unitID.flatMap { $0.isEmpty ? nil : $0 }
        let listed = try control.listUnits(unit, withTimes: showsTable || olderThan != nil)
        let filter = UnitFilter(states: state.map(\.state), workTypes: type, olderThan: olderThan)
        let units = try filter.apply(to: listed, now: WallClock.now)
        if quiet {
            for unitID in units.names.sorted() { try output.print(unitID) }
        } else if showsTable {
            try show(units, on: output)
        } else {
            try Console.print(.object(units))
        }
    }

    private func show(_ units: JSONObject, on output: OutputChannel) throws {
        let statuses = try units.members.map { try ListedUnit(unitID: $0.name, $0.value) }
        // The newest last, next to the prompt.
        let sorted = statuses.sorted { ($0.created ?? "", $0.unitID) < ($1.created ?? "", $1.unitID) }
        let table = UnitTable(units: sorted, now: WallClock.now).table
        for line in table.lines(width: output.size.columns, usesColour: output.usesColour) { try output.print(line) }
    }
}
