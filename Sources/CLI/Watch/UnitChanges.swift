import ControlClient

/// What is different between one look at the units and the next.
struct UnitChanges {
    private var known: [String: ListedUnit] = [:]

    /// Takes in what is there now.
    ///
    /// - Returns: a text for each unit that is new, has another state or detail, or is gone; in the order of the
    ///   units, those that are gone at the end by their ID.
    mutating func update(_ units: [ListedUnit]) -> [String] {
        var lines: [String] = []
        for unit in units where known[unit.unitID].map({ Self.differ($0, unit) }) ?? true {
            lines.append("\(unit.unitID) \(unit.stateName) \(unit.detail.withoutControlCharacters)")
        }
        let present = Set(units.map(\.unitID))
        lines += known.keys.filter { !present.contains($0) }.sorted().map { "\($0) Released" }
        known = Dictionary(units.map { ($0.unitID, $0) }, uniquingKeysWith: { $1 })
        return lines
    }

    private static func differ(_ old: ListedUnit, _ new: ListedUnit) -> Bool {
        old.stateName != new.stateName || old.detail != new.detail
    }
}
