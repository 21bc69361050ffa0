import ControlClient
import JSON
import Testing

@testable import workceptorctl

@Suite struct `A filter of units` {
    private let units: JSONObject = [
        "a": ["State": 2, "WorkType": "cat", "Created": "1970-01-01T00:01:40Z"],
        "b": [
            "State": 3, "WorkType": "remote", "ExtraData": ["RemoteWorkType": "cat"], "Created": "1970-01-01T00:00:00Z",
        ],
        "c": ["State": 1, "WorkType": "ls", "Created": "1970-01-01T00:00:50Z"],
    ]

    private func names(_ filter: UnitFilter) throws -> [String] { try filter.apply(to: units, now: 120).names }

    @Test func `lets all through when nothing is asked for`() throws {
        #expect(try names(UnitFilter()) == ["a", "b", "c"])
    }

    @Test func `takes any of the states and any of the types`() throws {
        #expect(try names(UnitFilter(states: [.failed, .running])) == ["b", "c"])
        #expect(try names(UnitFilter(workTypes: ["cat"])) == ["a", "b"])
        #expect(try names(UnitFilter(workTypes: ["remote"])) == ["b"])
        #expect(try names(UnitFilter(states: [.failed, .running], workTypes: ["cat"])) == ["b"])
    }

    @Test func `takes what is older`() throws {
        #expect(try names(UnitFilter(olderThan: TimeSpan(seconds: 70))) == ["b", "c"])
        #expect(try names(UnitFilter(olderThan: TimeSpan(seconds: 71))) == ["b"])
    }

    @Test func `says when the node does not tell ages`() {
        let message = "--older-than: the node does not say when its units were created, so it cannot be used"
        #expect(throws: CommandFailure(message)) {
            try UnitFilter(olderThan: TimeSpan(seconds: 1)).apply(to: ["a": ["State": 2]], now: 0)
        }
    }
}
