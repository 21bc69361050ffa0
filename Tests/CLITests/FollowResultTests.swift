import ControlClient
import JSON
import Testing

@testable import workceptorctl

@Suite struct `The outcome of a unit that was followed` {
    private func outcome(_ state: UnitState, _ detail: String, cancelledOn: CInt? = nil) throws -> FollowResult {
        let status = try ListedUnit(
            unitID: "u1",
            ["State": .integer(Int64(state.rawValue)), "StateName": .string(state.name), "Detail": .string(detail)]
        )
        return FollowResult(status: status, cancelledOn: cancelledOn)
    }

    @Test func `is success for a unit that has succeeded`() throws {
        try outcome(.succeeded, "exit status 0").check()
    }

    @Test(arguments: [
        ("exit status 7", CInt(7)), ("exit status 255", 255), ("Error: exit status 3", 3), ("exit status 256", 1),
        ("exit status 0", 1), ("exit status x", 1), ("signal: killed", 1), ("", 1), ("status 7", 1),
    ])
    func `has the exit status of a unit that has failed, where it has one`(detail: String, code: CInt) throws {
        let expected = CommandFailure("Remote unit failed: \(detail)", exitCode: .init(rawValue: code))
        #expect(throws: expected) { try outcome(.failed, detail).check() }
    }

    @Test func `tells a unit that we cancelled from one that others did`() throws {
        let message = "Unit u1 was cancelled"
        #expect(throws: CommandFailure(message, exitCode: .init(rawValue: 130))) {
            try outcome(.canceled, "Canceled", cancelledOn: 2).check()
        }
        #expect(throws: CommandFailure(message, exitCode: .general)) { try outcome(.canceled, "Canceled").check() }
    }

    @Test func `is success when the unit ended before the cancellation reached it`() throws {
        try outcome(.succeeded, "exit status 0", cancelledOn: 2).check()
    }
}
