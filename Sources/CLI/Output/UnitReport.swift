import ControlClient
import TimeFormats

/// One unit of work in full, for people.
struct UnitReport {
    let unit: ListedUnit
    /// The present moment, in seconds since 1970.
    let now: Int64

    /// The lines; the name of the state is coloured when wanted.
    func lines(usesColour: Bool) -> [String] {
        let state = usesColour ? unit.state?.colour.applied(to: unit.stateName) ?? unit.stateName : unit.stateName
        var entries = [("Unit", unit.unitID), ("State", state), ("Detail", unit.detail.withoutControlCharacters)]
        entries.append(("Work type", unit.workType))
        if let node = unit.remoteNode { entries.append(("Remote node", node)) }
        if let type = unit.remoteWorkType { entries.append(("Remote type", type)) }
        if let remote = unit.remoteUnitID { entries.append(("Remote unit", remote)) }
        // The state is what is known here: there it may still run.
        if unit.isReleaseRequested {
            entries.append(("Release", "pending: it is deleted when \(remoteNode) has ended and deleted it"))
        } else if unit.isCancelRequested, !unit.isComplete {
            entries.append(("Cancel", "pending: it ends when \(remoteNode) has ended it"))
        }
        entries.append(("Output", size))
        if let created = unit.created { entries.append(("Created", moment(created))) }
        if let ended = unit.ended { entries.append(("Ended", moment(ended))) }
        return entries.map { "\($0.0):".padded(to: 13) + $0.1 }
    }

    private var remoteNode: String { unit.remoteNode.map { "node \($0.withoutControlCharacters)" } ?? "the other node" }

    private var size: String {
        let text = ByteCount(unit.stdoutSize).description
        return unit.stdoutSize < 1024 ? text : "\(text) (\(unit.stdoutSize) bytes)"
    }

    private func moment(_ text: String) -> String {
        guard let moment = Timestamp(text) else { return text }
        return "\(text) (\(Age(seconds: now - moment.seconds)) ago)"
    }
}
