import ControlClient
import TimeFormats

/// Units of work as a table.
struct UnitTable {
    let units: [ListedUnit]
    /// The present moment, in seconds since 1970.
    let now: Int64

    /// The table; ages are shown when the node says when its units were created.
    var table: Table {
        let showsAge = units.contains { $0.created != nil }
        let showsNode = units.contains { $0.remoteNode != nil }
        var columns: [Table.Column] = [.init(title: "UNIT"), .init(title: "STATE"), .init(title: "TYPE")]
        if showsNode { columns += [.init(title: "NODE"), .init(title: "REMOTE UNIT")] }
        columns.append(.init(title: "SIZE", alignment: .right))
        if showsAge { columns.append(.init(title: "AGE", alignment: .right)) }
        columns.append(.init(title: "DETAIL"))
        var table = Table(columns: columns)
        for unit in units {
            var row: [Table.Cell] = [
                Table.Cell(unit.unitID), Table.Cell(unit.stateName, unit.state?.colour),
                Table.Cell(unit.remoteWorkType ?? unit.workType),
            ]
            if showsNode { row += [Table.Cell(unit.remoteNode ?? "-"), Table.Cell(unit.remoteUnitID ?? "-")] }
            row.append(Table.Cell(ByteCount(unit.stdoutSize).description))
            if showsAge { row.append(Table.Cell(age(of: unit) ?? "-")) }
            row.append(Table.Cell(unit.detail))
            table.rows.append(row)
        }
        return table
    }

    private func age(of unit: ListedUnit) -> String? {
        unit.created.flatMap({ Timestamp($0) }).map { Age(seconds: now - $0.seconds).description }
    }
}

extension UnitState {
    /// The colour in which the state is shown.
    var colour: Colour {
        switch self {
        case .pending: .yellow
        case .running: .cyan
        case .succeeded: .green
        case .failed: .red
        case .canceled: .magenta
        }
    }
}
