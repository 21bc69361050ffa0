import NIOCore
import Netceptor
import Testing

@testable import Mesh

/// The links of a node.
@Suite(.timeLimit(.minutes(1))) struct `A link` {
    @Test func `that is closed is dialled again`() async throws {
        try await TestMesh.with { mesh in
            let foo = try await mesh.node("foo")
            let bar = try await mesh.node("bar")
            let listener = LinkSource.tcpListener(host: "127.0.0.1", port: 0, .standard)
            try await foo.add(listener)
            let port = try #require(try await foo.listeningPorts().first)
            try await bar.add(.tcpPeer(host: "127.0.0.1", port: port, redials: true, .standard))
            await bar.awaitRoute(to: "foo")
            await foo.remove(listener)
            await bar.awaitNoRoute(to: "foo")
            try await foo.add(.tcpListener(host: "127.0.0.1", port: port, .standard))
            await bar.awaitRoute(to: "foo")
        }
    }

    @Test func `leads to pings and traceroutes`() async throws {
        try await TestMesh.with { mesh in
            let (foo, hop, bar) = (try await mesh.node("foo"), try await mesh.node("hop"), try await mesh.node("bar"))
            try await mesh.link(foo, to: hop)
            try await mesh.link(bar, to: hop)
            await foo.awaitRoute(to: "bar")
            await bar.awaitRoute(to: "foo")
            guard case .reply(bar.nodeID, _) = await foo.ping(bar.nodeID) else {
                Issue.record("no reply")
                return
            }
            let steps = await foo.traceroute(bar.nodeID)
            #expect(steps.count == 3)
            guard case .unreachable(foo.nodeID, .messageExpired, _) = steps[0],
                case .unreachable(hop.nodeID, .messageExpired, _) = steps[1],
                case .reply(bar.nodeID, _) = steps[2]
            else {
                Issue.record("steps are \(steps)")
                return
            }
            guard case .failed(let error) = await foo.ping(try NodeID("nobody")) else {
                Issue.record("a ping of nobody did not fail")
                return
            }
            #expect(error.code == .noRoute)
        }
    }

    @Test func `from a peer that cannot be reached is tried often, from one that refuses it as Receptor does`() {
        var schedule = RedialSchedule()
        let unreachable = (0..<7).map { _ in schedule.next(after: .unreachable).nanoseconds / 1_000_000 }
        #expect(unreachable == [250, 375, 562, 843, 1265, 1500, 1500])
        let refused = (0..<5).map { _ in schedule.next(after: .refused).nanoseconds / 1_000_000 }
        #expect(refused == [5000, 7500, 11_250, 16_875, 20_000])
        #expect(schedule.next(after: .established) == .milliseconds(250))
        #expect(schedule.next(after: .refused) == .seconds(5))
    }

    /// A listener and a dialer of which one wants no other node: what both log until two seconds after the refusal.
    private static func logOfRefusal(listener: LinkOptions, dialer: LinkOptions) async throws -> [String] {
        let log = TestLog()
        try await TestMesh.with { mesh in
            let foo = try await mesh.node("foo", log: log)
            let bar = try await mesh.node("bar", log: log)
            try await foo.add(.tcpListener(host: "127.0.0.1", port: 0, listener))
            let port = try #require(try await foo.listeningPorts().first)
            try await bar.add(.tcpPeer(host: "127.0.0.1", port: port, redials: true, dialer))
            let end = ContinuousClock.now + .seconds(30)
            while log.lines.count(where: { $0.contains("link closed") }) < 2, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(20))
            }
            // Several of the quarters of a second in which it was tried again once.
            try await Task.sleep(for: .seconds(2))
        }
        return log.lines
    }

    private static func check(_ lines: [String]) {
        func count(_ words: String...) -> Int { lines.count { line in words.allSatisfy { line.contains($0) } } }
        let sessions = count("session opened")
        // The side that was rejected tells the other's reason.
        let rejects = count("link closed", "the peer rejected the link, saying: ", "is not in the list")
        let reasons = count("link closed", "is not in the list") - rejects
        let established = count("link established")
        #expect(sessions == 2 && reasons == 1 && rejects == 1 && established == 0, "\(lines)")
    }

    @Test func `that the listener refuses is not dialled again for five seconds, and told once`() async throws {
        let nobody = try LinkOptions(allowedPeers: [NodeID("nobody")])
        Self.check(try await Self.logOfRefusal(listener: nobody, dialer: .standard))
    }

    @Test func `that the dialer refuses is not dialled again for five seconds, and told once`() async throws {
        let nobody = try LinkOptions(allowedPeers: [NodeID("nobody")])
        Self.check(try await Self.logOfRefusal(listener: .standard, dialer: nobody))
    }

    @Test func `is told of once, when both sides have taken it`() async throws {
        try await TestMesh.with { mesh in
            let log = TestLog()
            let (foo, bar) = (try await mesh.node("foo", log: log), try await mesh.node("bar", log: log))
            try await mesh.link(bar, to: foo)
            await foo.awaitRoute(to: "bar")
            await bar.awaitRoute(to: "foo")
            await log.awaitLine("link established", "foo")
            await log.awaitLine("link established", "bar")
            let lines = log.lines.filter { $0.contains("established") }
            #expect(lines.count == 2)
        }
    }
}
