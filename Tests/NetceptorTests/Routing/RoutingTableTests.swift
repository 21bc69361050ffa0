import Netceptor
import TestSupport
import Testing

@Suite struct `The routing table` {
    private func topology(_ links: [(NodeID, NodeID, Double)], of own: NodeID) -> MeshTopology {
        var topology = MeshTopology(ownID: own)
        var connections: [NodeID: [NodeID: Double]] = [:]
        for (left, right, cost) in links {
            connections[left, default: [:]][right] = cost
            connections[right, default: [:]][left] = cost
        }
        for (peer, cost) in connections[own] ?? [:] { topology.addLink(to: peer, cost: cost) }
        for (node, listed) in connections where node != own {
            _ = topology.apply(.of(node, listed, sequence: 1), at: .seconds(0)) { _ in true }
        }
        return topology
    }

    @Test func `takes the cheapest path, not the shortest`() {
        let table = RoutingTable(
            from: topology([("a", "b", 1), ("b", "c", 1), ("c", "d", 1), ("a", "d", 3.5)], of: "a")
        )
        #expect(table["d"]?.nextHop == "b" && table["d"]?.cost == 3)
        #expect(table["a"] == nil && table.routes.count == 3)
    }

    @Test func `takes the neighbour with the lesser name when paths cost the same`() {
        let links: [(NodeID, NodeID, Double)] = [
            ("a", "c", 1), ("a", "b", 1), ("b", "z", 1), ("c", "z", 1), ("z", "y", 1),
        ]
        for _ in 0..<10 {
            let table = RoutingTable(from: topology(links.shuffled(), of: "a"))
            #expect(table["z"]?.nextHop == "b" && table["y"]?.nextHop == "b")
        }
    }

    @Test func `leads nowhere through nodes that never announced themselves`() {
        var topology = MeshTopology(ownID: "a")
        topology.addLink(to: "b", cost: 1)
        _ = topology.apply(.of("b", ["a": 1, "ghost": 1], sequence: 1), at: .seconds(0)) { _ in true }
        _ = topology.apply(.of("far", ["ghost": 1], sequence: 1), at: .seconds(0)) { _ in true }
        #expect(RoutingTable(from: topology).routes.keys.sorted() == ["b"])
    }

    @Test func `has no path whose cost is beyond all numbers`() {
        let huge = Double.greatestFiniteMagnitude
        let table = RoutingTable(from: topology([("a", "b", huge), ("b", "c", huge)], of: "a"))
        #expect(table.routes.keys.sorted() == ["b"])
    }

    @Test func `of a thousand nodes is there at once`() throws {
        var generator = SeededGenerator(seed: 4)
        let names = try (0..<1_000).map { try NodeID("node-\($0)") }
        var links: [(NodeID, NodeID, Double)] = []
        for (number, name) in names.enumerated().dropFirst() {
            links.append((name, names[Int.random(in: 0..<number, using: &generator)], 1))
            links.append((name, names[Int.random(in: 0..<number, using: &generator)], 2))
        }
        let topology = topology(links, of: names[0])
        let time = ContinuousClock().measure { #expect(RoutingTable(from: topology).routes.count == 999) }
        // Milliseconds with optimization; the bound is for a busy machine without.
        #expect(time < .seconds(2))
    }
}
