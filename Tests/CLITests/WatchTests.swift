import ControlClient
import JSON
import Testing

@testable import workceptorctl

@Suite struct `Watching units` {
    private func unit(_ unitID: String, _ state: UnitState, _ detail: String = "", created: String? = nil) throws
        -> ListedUnit
    {
        try ListedUnit(
            unitID: unitID,
            [
                "State": .integer(Int64(state.rawValue)), "StateName": .string(state.name), "Detail": .string(detail),
                "WorkType": "cat", "Created": created.map { .string($0) } ?? .null,
            ]
        )
    }

    @Test func `tells of units that are new, change or are gone, and of nothing else`() throws {
        var changes = UnitChanges()
        #expect(
            try changes.update([unit("a", .running, "Running: PID 1"), unit("b", .pending)])
                == ["a Running Running: PID 1", "b Pending "]
        )
        #expect(
            try changes.update([unit("a", .running, "Running: PID 1"), unit("b", .running, "x")])
                == ["b Running x"]
        )
        #expect(
            try changes.update([unit("a", .succeeded, "exit status 0")]) == ["a Succeeded exit status 0", "b Released"]
        )
        #expect(try changes.update([unit("a", .succeeded, "exit status 0")]).isEmpty)
    }

    @Test func `shows what goes on first, then the newest, and says what does not fit`() throws {
        let units = try [
            unit("old", .succeeded, created: "2026-01-01T00:00:00Z"),
            unit("new", .failed, created: "2026-01-02T00:00:00Z"),
            unit("run", .running, created: "2025-01-01T00:00:00Z"),
        ]
        let screen = WatchScreen(units: units, now: 0, title: "Work units of foo", problem: nil)
        let all = screen.lines(columns: 80, rows: 24, usesColour: false)
        #expect(all.first == "Work units of foo" && all.last == "1 Running, 1 Succeeded, 1 Failed - q quits")
        #expect(all[3...5].map { $0.prefix(3) } == ["run", "new", "old"])
        let some = screen.lines(columns: 80, rows: 7, usesColour: false)
        #expect(some.count == 7 && some.last == "1 Running, 1 Succeeded, 1 Failed, 1 not shown - q quits")
        #expect(screen.lines(columns: 10, rows: 24, usesColour: false).last == "1 Running,")
    }

    @Test func `shows what is wrong with the connection`() {
        let screen = WatchScreen(units: [], now: 0, title: "t", problem: "lost")
        #expect(
            screen.lines(columns: 80, rows: 24, usesColour: false) == [
                "t", "", "UNIT  STATE  TYPE  SIZE  DETAIL", "no units", "", "lost",
            ]
        )
    }
}
