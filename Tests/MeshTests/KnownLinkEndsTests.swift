import Testing

@testable import Mesh

/// What the log knows of links that were not taken.
@Suite struct `The end of a link` {
    private let hour: UInt64 = 3_600_000_000_000

    @Test func `is news once an hour, for each reason and source`() {
        var ends = KnownLinkEnds()
        var answers = [ends.isNews("refused", from: "a", at: 1), ends.isNews("refused", from: "a", at: 2)]
        #expect(answers == [true, false])
        answers = [ends.isNews("costs differ", from: "a", at: 2), ends.isNews("refused", from: "b", at: 2)]
        #expect(answers == [true, true])
        answers = [ends.isNews("refused", from: "a", at: hour), ends.isNews("refused", from: "a", at: hour + 1)]
        #expect(answers == [false, true])
    }

    @Test func `is news again after there was a link`() {
        var ends = KnownLinkEnds()
        _ = ends.isNews("refused", from: "a", at: 1)
        ends.forget("b")
        let before = ends.isNews("refused", from: "a", at: 2)
        ends.forget("a")
        let after = ends.isNews("refused", from: "a", at: 3)
        #expect(!before && after)
    }

    @Test func `takes no more memory however many names peers have`() {
        var ends = KnownLinkEnds()
        for number in 0..<100_000 { _ = ends.isNews("node \(number) is not allowed", from: "a", at: 1) }
        #expect(Mirror(reflecting: ends).children.first.map { Mirror(reflecting: $0.value).children.count } ?? 0 <= 256)
    }
}
