import NamePatterns
import Netceptor
import Testing

@Suite struct `A node` {
    /// Nodes in a row, each linked with the next.
    private func row(_ names: NodeID...) -> MeshSimulation {
        let mesh = MeshSimulation(seed: 1)
        for (number, name) in names.enumerated() { mesh.add(name, epoch: UInt64(number + 1)) }
        for (left, right) in zip(names, names.dropFirst()) { mesh.connect(left, right) }
        mesh.run(seconds: 2)
        mesh.clearOutcomes()
        return mesh
    }

    private func ping(_ mesh: MeshSimulation, _ target: NodeID, hops: UInt8 = 30, seconds: Double = 1) -> PingOutcome? {
        mesh.clearOutcomes()
        mesh.input("a") { $0.startPing(target, hopsToLive: hops, at: mesh.now).effects }
        mesh.run(seconds: seconds)
        for case (_, .pingEnded(_, let outcome)) in mesh.outcomes { return outcome }
        return nil
    }

    private func send(
        _ mesh: MeshSimulation,
        to node: NodeID,
        _ service: ServiceName,
        from sourceService: ServiceName = "me"
    ) throws {
        mesh.clearOutcomes()
        try mesh.input("a") { try $0.send([1, 2, 3], from: sourceService, to: node, service: service, at: mesh.now) }
        mesh.run(seconds: 0.1)
    }

    private func listen(_ mesh: MeshSimulation, _ node: NodeID, _ service: ServiceName) throws {
        try mesh.input(node) { state in
            try state.registerService(LocalService(name: service), at: mesh.now)
            return []
        }
    }

    @Test func `hands datagrams to services, here and across the mesh`() throws {
        let mesh = row("a", "b", "c")
        for node in ["a", "c"] as [NodeID] {
            try listen(mesh, node, "svc")
            try send(mesh, to: node, "svc")
            let hops: UInt8 = node == "a" ? 30 : 28
            let envelope = Envelope(
                hopsToLive: hops,
                source: "a",
                destination: node,
                sourceService: "me",
                destinationService: "svc"
            )
            #expect(mesh.outcomes.map(\.node) == [node])
            #expect(mesh.outcomes.map(\.effect) == [.deliver(Datagram(envelope: envelope, payload: [1, 2, 3]))])
        }
    }

    @Test func `learns that nobody listens on a service`() throws {
        let mesh = row("a", "b", "c")
        try send(mesh, to: "c", "nosuch")
        let message = UnreachableMessage(
            fromNode: "a",
            toNode: "c",
            fromService: "me",
            toService: "nosuch",
            problem: .serviceUnknown
        )
        #expect(mesh.outcomes.map(\.node) == ["a"])
        #expect(mesh.outcomes.map(\.effect) == [.unreachable(UnreachableNotice(message: message, reportedBy: "c"))])
        #expect { try send(mesh, to: "a", "nosuch") } throws: { ($0 as? MeshError)?.code == .serviceUnknown }
    }

    @Test func `learns that a firewall on the way rejects, or does not`() throws {
        for action in [FirewallAction.reject, .drop] {
            let mesh = row("a", "b", "c")
            try mesh.input("b") { state in
                state.firewall.rules = [FirewallRule(action: action, fromNode: try NameMatcher("/a|x/"))]
                return []
            }
            try send(mesh, to: "c", "svc")
            #expect(mesh.outcomes.count == (action == .reject ? 1 : 0))
        }
    }

    @Test func `does not send what is too long or goes nowhere`() throws {
        let mesh = row("a", "b")
        #expect { try send(mesh, to: "nowhere", "svc") } throws: { ($0 as? MeshError)?.code == .noRoute }
        var node = try #require(mesh.nodes["a"])
        let payload = [UInt8](repeating: 0, count: 16_385)
        #expect { try node.send(payload[...], from: "me", to: "b", service: "svc", at: mesh.now) } throws: {
            ($0 as? MeshError)?.code == .messageTooLong
        }
        #expect(try node.send(payload.dropLast(), from: "me", to: "b", service: "svc", at: mesh.now).count == 1)
    }

    @Test func `knows itself by the name localhost, in any case`() throws {
        let node = try #require(row("a", "b").nodes["a"])
        #expect(try node.node(named: "LOCALHOST") == "a" && node.node(named: "b") == "b")
    }

    @Test func `tells both sides why a link was refused`() throws {
        let mesh = MeshSimulation(seed: 1)
        for name in ["a", "b"] as [NodeID] { mesh.add(name) }
        mesh.connect("a", "b", .standard, try LinkOptions(allowedPeers: ["x"]))
        mesh.run(seconds: 2)
        let ends = mesh.outcomes.compactMap { outcome -> String? in
            guard case .close(_, let end) = outcome.effect else { return nil }
            return "\(end)"
        }
        #expect(
            ends.count == 2 && ends.allSatisfy { $0.contains("allowed peers") }
                && ends.contains { $0.contains("saying") }
        )
    }

    @Test func `pings, and knows how a ping ended`() {
        let mesh = row("a", "b", "c")
        #expect(ping(mesh, "c") == .reply(from: "c", after: .milliseconds(4)))
        #expect(ping(mesh, "a") == .reply(from: "a", after: .zero))
        #expect(ping(mesh, "nowhere") == .failed(MeshError(.noRoute, "no route to node")))
        mesh.freeze("c")
        #expect(ping(mesh, "c", seconds: 11) == .timedOut(after: .seconds(10)))
    }

    @Test func `finds the way to a node with pings that expire`() {
        let mesh = row("a", "b", "c")
        let expired = UnreachableProblem.messageExpired
        #expect(ping(mesh, "c", hops: 0) == .unreachable(from: "a", expired, after: .zero))
        #expect(ping(mesh, "c", hops: 1) == .unreachable(from: "b", expired, after: .milliseconds(2)))
        #expect(ping(mesh, "c", hops: 2) == .reply(from: "c", after: .milliseconds(4)))
    }

    @Test func `gives names to conversations that nobody else has`() {
        var node = row("a").nodes["a"]
        let names = (0..<100).compactMap { _ in node?.registerEphemeralService() }
        #expect(Set(names).count == 100 && names.allSatisfy { node?.services.isListening(on: $0) == true })
    }

    @Test func `leaves the mesh when an older node has its ID, and the older one stays`() throws {
        let mesh = row("a", "b", "c", "d")
        mesh.add("a", epoch: 1_000, name: "copy of a")
        mesh.connect("d", "copy of a")
        mesh.run(seconds: 30)
        #expect(mesh.nodes["copy of a"]?.isShutDown == true && mesh.nodes["a"]?.isShutDown == false)
        #expect(mesh.outcomes.contains { $0.node == "copy of a" && $0.effect == .shutDown })
        #expect(mesh.nodes["d"]?.routes["a"]?.nextHop == "c")
        #expect {
            try mesh.input("copy of a") { try $0.send([], from: "me", to: "d", service: "x", at: mesh.now) }
        } throws: {
            ($0 as? MeshError)?.code == .shutDown
        }
    }

    @Test func `is taken for itself when it comes back`() {
        let mesh = row("a", "b", "c")
        mesh.cut("a", "b")
        mesh.add("a", epoch: 1_000)
        mesh.connect("a", "b")
        mesh.run(seconds: 2)
        #expect(mesh.nodes.values.allSatisfy { !$0.isShutDown && $0.routes.routes.count == 2 })
        #expect(ping(mesh, "c") == .reply(from: "c", after: .milliseconds(4)))
    }

    @Test func `refuses a second link with the same node and keeps the first`() {
        let mesh = row("a", "b")
        mesh.connect("a", "b")
        mesh.run(seconds: 2)
        #expect(mesh.nodes["a"]?.connections.map(\.node) == ["b"])
        #expect(
            mesh.outcomes.contains { if case .close(_, .alreadyConnected("b")) = $0.effect { true } else { false } }
        )
        #expect(ping(mesh, "b") != nil)
    }

    @Test func `has no link with a node that counts its cost differently`() throws {
        let mesh = row("a", "b")
        mesh.add("c", epoch: 9)
        mesh.connect("b", "c", try LinkOptions(cost: 2), .standard)
        mesh.run(seconds: 2)
        #expect(mesh.nodes["b"]?.connections.map(\.node) == ["a"] && mesh.nodes["c"]?.connections.isEmpty == true)
    }

    @Test func `drops a link over which nothing comes`() {
        let mesh = row("a", "b")
        mesh.freeze("b")
        mesh.run(seconds: 20)
        #expect(mesh.nodes["a"]?.connections.isEmpty == false)
        mesh.run(seconds: 10)
        #expect(mesh.nodes["a"]?.connections.isEmpty == true)
        #expect(mesh.outcomes.contains { if case .close(_, .idle("b")) = $0.effect { true } else { false } })
    }

    @Test func `decides from the header alone as it does from the whole message`() throws {
        let mesh = row("a", "b", "c")
        var node = try #require(mesh.nodes["b"])
        try node.registerService(LocalService(name: "svc"), at: mesh.now)
        // The links of b: the first is with a, the second with c.
        let opened = try #require(mesh.links(of: "b", to: "a"))
        let onward = try #require(mesh.links(of: "b", to: "c"))
        func header(_ destination: NodeID, _ service: ServiceName, hops: UInt8 = 9) -> DataHeader {
            Envelope(
                hopsToLive: hops,
                source: "a",
                destination: destination,
                sourceService: "me",
                destinationService: service
            ).header
        }
        #expect(node.decide(header("c", "svc"), on: opened, at: mesh.now) == .forward(over: onward, hopsToLive: 8))
        guard case .deliver(let envelope) = node.decide(header("b", "svc"), on: opened, at: mesh.now) else {
            Issue.record("not delivered")
            return
        }
        #expect(envelope.header == header("b", "svc"))
        for other in [header("b", .ping), header("c", "svc", hops: 0), header("b", "no"), header("unknown", "svc")] {
            #expect(node.decide(other, on: opened, at: mesh.now) == .receive)
        }
    }

    @Test func `complains ever more rarely about a peer that talks nonsense`() throws {
        let mesh = row("a", "b")
        var node = try #require(mesh.nodes["b"])
        let link = try #require(mesh.links(of: "b", to: "a"))
        var lines = 0
        for number in 0..<10_000 { lines += node.receive([9, UInt8(number % 256)], on: link, at: mesh.now).count }
        #expect(lines == 14)
        #expect(node.connections.map(\.node) == ["a"])
    }

    @Test func `does not answer a ping from the service ping, nor an unreachable message`() throws {
        let mesh = row("a", "b")
        for (source, target) in [(ServiceName.ping, ServiceName.ping), (.unreach, "nosuch"), ("x", .unreach)] {
            let before = mesh.messageCount
            try send(mesh, to: "b", target, from: source)
            #expect(mesh.messageCount == before + 1)
        }
    }
}
