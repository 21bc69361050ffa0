@testable import RunnerProtocol
import Testing

@Suite struct `A supervised command` {
    private var unit = Supervision(graceMilliseconds: 1000, endsAll: false)

    @Test mutating func `that ends leaves what it started to itself`() {
        #expect(unit.deadline == nil)
        #expect(unit.reaped(commandEnd: nil, isAlone: false, now: 0) == [])
        #expect(unit.reaped(commandEnd: .exited(3), isAlone: false, now: 0) == [.finish(.exited(3))])
    }

    @Test mutating func `that ends is ended with all it started where the order says so`() {
        unit = Supervision(graceMilliseconds: 1000, endsAll: true)
        #expect(unit.reaped(commandEnd: .exited(3), isAlone: false, now: 10) == [.terminate])
        // Its end was its own: a request that comes now is too late.
        #expect(unit.cancel(now: 20) == [])
        #expect(unit.deadline == 810)
        #expect(unit.tick(now: 809) == [])
        #expect(unit.tick(now: 810) == [.kill])
        #expect(unit.reaped(commandEnd: nil, isAlone: true, now: 811) == [.finish(.exited(3))])
    }

    @Test mutating func `that ends alone is done at once where the order ends all`() {
        unit = Supervision(graceMilliseconds: 1000, endsAll: true)
        #expect(unit.reaped(commandEnd: .exited(0), isAlone: true, now: 0) == [.finish(.exited(0))])
    }

    @Test mutating func `that is cancelled is done when nothing is left, and not before`() {
        #expect(unit.cancel(now: 100) == [.recordCancel, .terminate])
        #expect(unit.cancel(now: 200) == [])
        #expect(unit.deadline == 900)
        #expect(unit.reaped(commandEnd: .signaled(15), isAlone: false, now: 300) == [])
        #expect(unit.reaped(commandEnd: nil, isAlone: true, now: 400) == [.finish(.signaled(15))])
    }

    /// Kills until nothing more is tried; how many times.
    private mutating func kills() -> Int {
        var count = 0
        for _ in 0..<10_000 {
            guard let deadline = unit.deadline else { break }
            for action in unit.tick(now: deadline) where action == .kill { count += 1 }
        }
        return count
    }

    @Test mutating func `that ends only after the last kill is done though something unkillable is left`() {
        _ = unit.cancel(now: 0)
        #expect(kills() == Supervision.kills && unit.deadline == nil)
        #expect(unit.reaped(commandEnd: nil, isAlone: false, now: 60_000) == [])
        #expect(unit.reaped(commandEnd: .signaled(9), isAlone: false, now: 70_000) == [.finish(.signaled(9))])
    }

    @Test mutating func `that ended is done when the last kill was in vain`() {
        _ = unit.cancel(now: 0)
        _ = unit.reaped(commandEnd: .exited(0), isAlone: false, now: 10)
        var last: [Supervision.Action] = []
        for _ in 0..<10_000 {
            guard let deadline = unit.deadline else { break }
            last = unit.tick(now: deadline)
        }
        #expect(last == [.finish(.exited(0))])
    }

    @Test(arguments: [Int.min, -1, 0, Int.max]) func `takes any grace time`(milliseconds: Int) {
        var unit = Supervision(graceMilliseconds: milliseconds, endsAll: false)
        _ = unit.cancel(now: 0)
        #expect((0...3_600_000).contains(unit.deadline ?? -1))
    }

    @Test(arguments: [0, 1_000, 3_600_000]) func `tells by when it gives up`(milliseconds: Int) {
        var unit = Supervision(graceMilliseconds: milliseconds, endsAll: false)
        _ = unit.cancel(now: 0)
        var now: Int64 = 0
        while let deadline = unit.deadline {
            now = deadline
            _ = unit.tick(now: now)
        }
        #expect(now == Supervision.longestEnding(graceMilliseconds: milliseconds))
    }
}
