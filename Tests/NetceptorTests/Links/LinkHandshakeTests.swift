@testable import Netceptor
import Testing

@Suite struct `The handshake of a link` {
    private func handshake(_ options: LinkOptions = .standard) -> LinkHandshake {
        LinkHandshake(ownID: "foo", options: options, at: .seconds(0))
    }

    private func greeting(_ node: NodeID) -> RouteUpdate { .of(node, [:], sequence: 1) }

    private func established(_ options: LinkOptions = .standard) -> LinkHandshake {
        var link = handshake(options)
        _ = link.receive(greeting("bar")) { _ in false }
        return link
    }

    @Test func `greets once a second, eleven times, then gives up`() {
        var link = handshake()
        var greetings = 0
        for second in 0..<11 {
            #expect(link.deadline == .seconds(Double(second)))
            greetings += link.tick(at: .seconds(Double(second))) == [.greet] ? 1 : 0
            #expect(link.tick(at: .seconds(Double(second) + 0.9)) == [])
        }
        #expect(greetings == 11)
        #expect(link.tick(at: .seconds(11)) == [.end(.noAnswer)])
        #expect(link.deadline == nil && link.tick(at: .seconds(12)) == [])
    }

    @Test func `ends with the first route update, whoever it is about, and greets no more`() {
        var link = handshake()
        _ = link.tick(at: .seconds(0))
        let update = RouteUpdate.of("baz", [:], sequence: 9, via: "bar")
        #expect(link.receive(update) { _ in false } == [.establish("bar", cost: 1)])
        #expect(link.peer == "bar" && link.deadline == nil && link.tick(at: .seconds(5)) == [])
    }

    @Test func `takes the cost for the peer, or the one for all`() throws {
        let options = try LinkOptions(cost: 2, nodeCosts: ["bar": 3.5])
        var link = handshake(options)
        #expect(link.receive(greeting("bar")) { _ in false } == [.establish("bar", cost: 3.5)])
        link = handshake(options)
        #expect(link.receive(greeting("baz")) { _ in false } == [.establish("baz", cost: 2)])
    }

    @Test(arguments: [0, -1, .infinity, .nan])
    func `is not begun with a cost that makes no sense`(cost: Double) {
        #expect(throws: MeshError.self) { try LinkOptions(cost: cost) }
        #expect(throws: MeshError.self) { try LinkOptions(nodeCosts: ["bar": cost]) }
    }

    @Test func `refuses a peer with the own ID`() {
        var link = handshake()
        #expect(link.receive(greeting("foo")) { _ in false } == [.end(.peerHasOwnID)])
    }

    @Test func `refuses a peer that is not allowed`() throws {
        var link = handshake(try LinkOptions(allowedPeers: ["baz"]))
        #expect(link.receive(greeting("bar")) { _ in false } == [.end(.peerNotAllowed("bar"))])
        link = handshake(try LinkOptions(allowedPeers: ["bar"]))
        #expect(link.receive(greeting("bar")) { _ in false } == [.establish("bar", cost: 1)])
    }

    @Test func `refuses a peer that is connected already`() {
        var link = handshake()
        #expect(link.receive(greeting("bar")) { $0 == "bar" } == [.end(.alreadyConnected("bar"))])
    }

    @Test func `skips greetings that were under way, until the peer has listed this node`() {
        var link = established()
        #expect(link.receive(greeting("bar")) { _ in true } == [])
        let update = RouteUpdate.of("bar", ["foo": 1], sequence: 2)
        #expect(link.receive(update) { _ in true } == [.process(update, from: "bar")])
        #expect(link.receive(greeting("bar")) { _ in true } == [.end(.notListedAnyMore(by: "bar"))])
        #expect(link.receive(update) { _ in true } == [])
    }

    @Test func `is void when the costs differ`() {
        var link = established()
        let update = RouteUpdate.of("bar", ["foo": 2], sequence: 2)
        #expect(link.receive(update) { _ in true } == [.end(.costsDiffer(own: 1, peer: 2))])
    }

    @Test func `passes updates of other nodes on, whatever they list`() {
        var link = established()
        let update = RouteUpdate.of("baz", ["foo": 7], sequence: 2, via: "bar")
        #expect(link.receive(update) { _ in true } == [.process(update, from: "bar")])
    }

    @Test func `holds the peer to the ID it gave`() {
        var link = established()
        let update = RouteUpdate.of("bar", ["foo": 1], sequence: 2, via: "baz")
        #expect(link.receive(update) { _ in true } == [.end(.peerChanged(from: "bar", to: "baz"))])
    }

    @Test func `ends when the peer rejects it, before and after`() {
        var link = handshake()
        #expect(link.receiveReject() == [.end(.rejectedByPeer(nil))])
        #expect(link.receiveReject() == [])
        link = established()
        #expect(link.receiveReject() == [.end(.rejectedByPeer(nil))])
    }

    @Test(arguments: [
        ("the links cost 1 and 2", "the links cost 1 and 2"), ("", nil), ("a\nb", nil), ("\u{1B}[31m", nil),
        (String(repeating: "x", count: 401), nil),
    ])
    func `says why it was rejected, where the peer tells`(reason: String, shown: String?) throws {
        let message = RejectMessage.encoded(reason: reason)
        #expect(try MeshMessage(decoding: message) == .reject)
        #expect(RejectMessage.reason(in: message) == shown)
    }

    @Test(arguments: ["[]", "", "null", "{}", "[1]", "[", "[[\"a\"]]"])
    func `is rejected without a reason by a peer that gives none`(document: String) {
        #expect(RejectMessage.reason(in: [3] + Array(document.utf8)) == nil)
    }

    @Test func `that was refused by either side is not to be tried again at once`() {
        let refusals: [LinkEnd] = [
            .peerHasOwnID, .peerNotAllowed("a"), .alreadyConnected("a"), .peerChanged(from: "a", to: "b"),
            .notListedAnyMore(by: "a"), .costsDiffer(own: 1, peer: 2), .rejectedByPeer(nil),
        ]
        #expect(refusals.allSatisfy { $0.isRefusal })
        #expect([LinkEnd.noAnswer, .idle(nil), .shutDown].allSatisfy { !$0.isRefusal })
    }

    @Test func `is open to all without a list of peers, to those on the list with one, to nobody with an empty one`()
        throws
    {
        let listed = try LinkOptions(allowedPeers: ["a"])
        let empty = try LinkOptions(allowedPeers: [])
        #expect(LinkOptions.standard.allows("a") && listed.allows("a"))
        #expect(!listed.allows("b") && !empty.allows("a"))
    }

    @Test func `tells the peer only what the peer does not know`() {
        #expect(LinkEnd.peerHasOwnID.rejectsPeer && LinkEnd.costsDiffer(own: 1, peer: 2).rejectsPeer)
        #expect(
            !LinkEnd.rejectedByPeer(nil).rejectsPeer && !LinkEnd.noAnswer.rejectsPeer && !LinkEnd.idle(nil).rejectsPeer
        )
    }
}
