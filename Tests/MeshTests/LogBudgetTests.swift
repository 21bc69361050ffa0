import Testing

@testable import Mesh

/// The lines about links in the log.
@Suite struct `A log budget` {
    @Test func `lets a burst through, then a few lines a second, and says how many it left out`() {
        var budget = LogBudget()
        var now: UInt64 = 1_000_000_000
        for _ in 0..<200 { #expect(budget.decide(at: now) == .write(omitted: 0)) }
        for _ in 0..<50 { #expect(budget.decide(at: now) == .omit) }
        now += 100_000_000
        #expect(budget.decide(at: now) == .write(omitted: 50))
        #expect(budget.decide(at: now) == .omit)
        now += 3_600_000_000_000
        #expect(budget.decide(at: now) == .write(omitted: 1))
        for _ in 0..<199 { #expect(budget.decide(at: now) == .write(omitted: 0)) }
        #expect(budget.decide(at: now) == .omit)
    }
}
