import Netceptor
import Testing

@Suite struct `The delivery of a datagram` {
    private func decide(
        from source: NodeID = "bar",
        to destination: NodeID = "foo",
        _ service: ServiceName = "control",
        by sourceService: ServiceName = "abcd1234",
        hops: UInt8 = 5,
        firewall: Firewall = Firewall()
    ) -> DeliveryDecision {
        let envelope = Envelope(
            hopsToLive: hops,
            source: source,
            destination: destination,
            sourceService: sourceService,
            destinationService: service
        )
        return Delivery(ownID: "foo", firewall: firewall).decide(
            envelope,
            isListening: { $0 == "control" || $0 == .ping },
            nextHop: { $0 == "baz" ? "bar" : nil }
        )
    }

    @Test func `goes to the service that listens`() {
        #expect(decide() == .deliver)
        #expect(decide(hops: 0) == .deliver)
    }

    @Test func `goes to the services of the node itself first`() {
        #expect(decide(.ping) == .answerPing)
        #expect(decide(.unreach) == .noticeUnreachable)
    }

    @Test func `to a service nobody listens on is reported, to a sender on this node at once`() {
        #expect(decide("nosuch") == .refuse(.serviceUnknown))
        #expect(decide(from: "foo", "nosuch") == .fail(.init(.serviceUnknown, "service unknown")))
    }

    @Test func `to another node goes on with a hop less`() {
        #expect(decide(to: "baz", hops: 5) == .forward(via: "bar", hopsToLive: 4))
        #expect(decide(to: "baz", hops: 1) == .forward(via: "bar", hopsToLive: 0))
    }

    @Test func `ends where its hops do`() {
        #expect(decide(to: "baz", hops: 0) == .refuse(.messageExpired))
    }

    @Test func `to a node that no route leads to fails`() {
        #expect(decide(to: "qux") == .fail(.init(.noRoute, "no route to node")))
    }

    @Test func `is never reported when it is a report`() {
        #expect(decide("nosuch", by: .unreach) == .discard)
        #expect(decide(to: "baz", by: .unreach, hops: 0) == .discard)
        #expect(decide(by: .unreach, firewall: Firewall(rules: [FirewallRule(action: .reject)])) == .discard)
    }

    @Test func `is subject to the firewall first, wherever it goes`() {
        let drop = Firewall(rules: [FirewallRule(action: .drop)])
        let reject = Firewall(rules: [FirewallRule(action: .reject)])
        #expect(decide(.ping, firewall: drop) == .discard && decide(to: "baz", firewall: drop) == .discard)
        #expect(decide(firewall: reject) == .refuse(.blockedByFirewall))
        #expect(decide(to: "baz", hops: 0, firewall: reject) == .refuse(.blockedByFirewall))
    }
}
