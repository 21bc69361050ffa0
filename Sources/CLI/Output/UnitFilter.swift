import ControlClient
import JSON
import TimeFormats

/// Which units of a list are wanted.
struct UnitFilter {
    /// Any of these states; any at all when empty.
    var states: [UnitState] = []
    /// Any of these work types, here or on the node that does the work; any at all when empty.
    var workTypes: [String] = []
    /// Only units created at least this long ago.
    var olderThan: TimeSpan?

    /// The units that are wanted, in the order of the list.
    ///
    /// - Parameters:
    ///   - units: what the node listed.
    ///   - now: the present moment, in seconds since 1970.
    func apply(to units: JSONObject, now: Int64) throws -> JSONObject {
        var result = JSONObject()
        for (unitID, status) in units.members where try isWanted(ListedUnit(unitID: unitID, status), now: now) {
            result[unitID] = status
        }
        return result
    }

    private func isWanted(_ unit: ListedUnit, now: Int64) throws -> Bool {
        if !states.isEmpty, !states.contains(where: { $0 == unit.state }) { return false }
        if !workTypes.isEmpty, !workTypes.contains(where: { $0 == unit.workType || $0 == unit.remoteWorkType }) {
            return false
        }
        guard let olderThan else { return true }
        guard let created = unit.created.flatMap({ Timestamp($0) }) else {
            throw CommandFailure(
                "--older-than: the node does not say when its units were created, so it cannot be used"
            )
        }
        return now - created.seconds >= olderThan.seconds
    }
}
