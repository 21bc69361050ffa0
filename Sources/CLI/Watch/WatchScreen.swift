import ControlClient

/// One picture of the live table.
struct WatchScreen {
    let units: [ListedUnit]
    /// The present moment, in seconds since 1970.
    let now: Int64
    /// Who is being watched, for the first line.
    let title: String
    /// What is wrong at the moment, if anything.
    let problem: String?

    /// The lines that fit: a title, the table with what goes on first, and a summary.
    func lines(columns: Int, rows: Int, usesColour: Bool) -> [String] {
        let space = max(1, rows - 5)
        let shown = ordered.prefix(space)
        let table = UnitTable(units: Array(shown), now: now).table
        var lines = [cut(title.withoutControlCharacters, columns), ""]
        lines += table.lines(width: columns, usesColour: usesColour)
        if units.isEmpty { lines.append("no units") }
        lines += ["", cut(summary(hidden: units.count - shown.count), columns)]
        return Array(lines.prefix(max(1, rows)))
    }

    /// Units that are not complete first, then the newest first.
    private var ordered: [ListedUnit] {
        units.sorted { left, right in
            guard left.isComplete == right.isComplete else { return right.isComplete }
            let times = (left.created ?? "", right.created ?? "")
            return times.0 == times.1 ? left.unitID < right.unitID : times.0 > times.1
        }
    }

    private func summary(hidden: Int) -> String {
        if let problem { return problem.withoutControlCharacters }
        let counts = UnitState.allCases.compactMap { state in
            let count = units.count { $0.state == state }
            return count == 0 ? nil : "\(count) \(state.name)"
        }
        let all = counts + (hidden > 0 ? ["\(hidden) not shown"] : [])
        return (all.isEmpty ? "" : all.joined(separator: ", ") + " - ") + "q quits"
    }

    private func cut(_ text: String, _ columns: Int) -> String { String(text.prefix(columns)) }
}
