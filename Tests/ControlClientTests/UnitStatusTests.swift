import ControlClient
import JSON
import Testing

@Suite struct `The status of a unit` {
    @Test func `is read with where remote work is done`() throws {
        let text = """
            {"Detail":"exit status 0","ExtraData":{"RemoteNode":"bar","RemoteWorkType":"echoint"},"State":2,\
            "StateName":"Succeeded","StdoutSize":10,"WorkType":"remote"}
            """
        let status = try ListedUnit(unitID: "ohJa68Fy", JSONValue(parsing: text))
        #expect(status.state == .succeeded && status.isComplete && status.stdoutSize == 10)
        #expect(status.remoteNode == "bar" && status.remoteWorkType == "echoint" && status.created == nil)
    }

    @Test func `with a state that is not known is not complete`() throws {
        let status = try ListedUnit(unitID: "u", ["State": 9])
        #expect(status.state == nil && status.stateName == "9" && !status.isComplete)
    }

    @Test func `must have a state`() {
        #expect(throws: ControlError.self) { try ListedUnit(unitID: "u", ["Detail": "x"]) }
    }

    @Test func `has states that are found by name in any case and either spelling`() {
        #expect(UnitState(named: "FAILED") == .failed && UnitState(named: "cancelled") == .canceled)
        #expect(UnitState(named: "done") == nil)
    }
}
