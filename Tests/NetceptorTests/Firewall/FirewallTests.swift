import NamePatterns
import Netceptor
import Testing

@Suite struct `The firewall` {
    private let envelope = Envelope(
        source: "foo",
        destination: "bar",
        sourceService: "abcd1234",
        destinationService: "control"
    )

    private func rule(_ action: FirewallAction, _ parts: [String: String]) throws -> FirewallRule {
        FirewallRule(
            action: action,
            fromNode: try parts["fromnode"].map(NameMatcher.init),
            toNode: try parts["tonode"].map(NameMatcher.init),
            fromService: try parts["fromservice"].map(NameMatcher.init),
            toService: try parts["toservice"].map(NameMatcher.init)
        )
    }

    @Test func `lets everything pass without a rule that fits`() throws {
        #expect(Firewall().decide(envelope) == .accept)
        #expect(Firewall(rules: [try rule(.drop, ["fromnode": "fo"])]).decide(envelope) == .accept)
    }

    @Test func `does what the first rule that fits says`() throws {
        let rules = [
            try rule(.drop, ["fromnode": "foo", "toservice": "other"]),
            try rule(.reject, ["fromnode": "/f.*/", "tonode": "/(?i)BAR/"]), try rule(.accept, [:]),
        ]
        #expect(Firewall(rules: rules).decide(envelope) == .reject)
    }

    @Test(arguments: [
        ["fromnode": "foo", "tonode": "bar", "fromservice": "/[a-z0-9]{4}1234/", "toservice": "control"],
        ["toservice": "/c.*/"], [:],
    ])
    func `applies a rule when all that it names fits`(parts: [String: String]) throws {
        #expect(Firewall(rules: [try rule(.drop, parts)]).decide(envelope) == .drop)
    }

    @Test(arguments: ["", "/", "//", "/a", "/(/"])
    func `has no rule with a pattern that is wrong`(text: String) {
        #expect { try NameMatcher(text) } throws: { $0 is NamePatternError }
    }
}
