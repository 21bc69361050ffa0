import Foundation
import TestSupport
import Testing

/// Ten nodes in a random connected graph of links with random costs.
@Suite("Routes in a mesh of ten nodes", .waiting)
struct RoutingTests {
    private static let isFull = CrashTests.isFull
    private static let names = (0..<10).map { "node\($0)" }

    /// The links and their costs, and what follows from them.
    struct Graph {
        var costs: [Mesh.Wire: Double]

        /// A random tree with some links more.
        init(using generator: inout SeededGenerator) {
            costs = [:]
            for number in 1..<names.count { add(number, Int.random(in: 0..<number, using: &generator), &generator) }
            while costs.count < 16 {
                let (first, second) = (
                    Int.random(in: 0..<10, using: &generator), Int.random(in: 0..<10, using: &generator)
                )
                if first > second { add(first, second, &generator) }
            }
        }

        private mutating func add(_ first: Int, _ second: Int, _ generator: inout SeededGenerator) {
            // Either may be the one that dials.
            let turned = Bool.random(using: &generator)
            let wire = Mesh.Wire(from: names[turned ? second : first], to: names[turned ? first : second])
            guard costs[Mesh.Wire(from: wire.to, to: wire.from)] == nil, costs[wire] == nil else { return }
            costs[wire] = Double(Int.random(in: 1...12, using: &generator)) / 4
        }

        func without(_ wires: Set<Mesh.Wire>) -> Graph {
            var graph = self
            graph.costs = costs.filter { !wires.contains($0.key) }
            return graph
        }

        func without(_ node: String) -> Graph {
            without(Set(costs.keys.filter { $0.from == node || $0.to == node }))
        }

        /// What a node's neighbours cost.
        var neighbours: [String: [String: Double]] {
            var result: [String: [String: Double]] = [:]
            for (wire, cost) in costs {
                result[wire.from, default: [:]][wire.to] = cost
                result[wire.to, default: [:]][wire.from] = cost
            }
            return result
        }

        /// The costs of the cheapest paths by Floyd and Warshall; none where there is no path.
        var cheapest: [String: [String: Double]] {
            var best = neighbours
            for name in names { best[name, default: [:]][name] = 0 }
            for middle in names {
                for from in names {
                    guard let first = best[from]?[middle] else { continue }
                    for (to, second) in best[middle] ?? [:] where first + second < best[from]?[to] ?? .infinity {
                        best[from]?[to] = first + second
                    }
                }
            }
            return best
        }
    }

    /// What is wrong with the routes of the nodes.
    private func problems(_ mesh: Mesh, _ graph: Graph, except absent: String? = nil) throws -> [String] {
        var problems: [String] = []
        let present = Self.names.filter { $0 != absent }
        var tables: [String: MeshStatus] = [:]
        for name in present { tables[name] = try mesh.client(name).meshStatus() }
        let (neighbours, cheapest) = (graph.neighbours, graph.cheapest)
        for name in present {
            guard let status = tables[name] else { continue }
            let reachable = (cheapest[name] ?? [:]).filter { $0.key != name }
            if status.neighbours != neighbours[name] ?? [:] {
                problems.append("\(name) has the links \(status.neighbours), not \(neighbours[name] ?? [:])")
            }
            if Set(status.RoutingTable.keys) != Set(reachable.keys) {
                problems.append("\(name) has routes to \(status.RoutingTable.keys.sorted())")
            }
            for (other, costs) in neighbours where reachable[other] != nil {
                if status.KnownConnectionCosts[other] != costs {
                    problems.append("\(name) knows of \(other): \(status.KnownConnectionCosts[other] ?? [:])")
                }
            }
            for (target, cost) in reachable {
                // Down the path that messages take.
                var (position, total, hops) = (name, 0.0, 0)
                while position != target, hops < 10, let next = tables[position]?.RoutingTable[target] {
                    total += neighbours[position]?[next] ?? .infinity
                    (position, hops) = (next, hops + 1)
                }
                if position != target || total != cost {
                    problems.append("from \(name) to \(target): \(total) up to \(position), not \(cost)")
                }
            }
        }
        return problems
    }

    /// Waits until the routes are right; how long that took, in seconds.
    @discardableResult
    private func converge(
        _ mesh: Mesh,
        _ graph: Graph,
        except absent: String? = nil,
        within seconds: Double,
        _ what: String
    ) throws -> Double {
        let start = ContinuousClock.now
        var last: [String] = []
        let isRight = try settles(seconds) {
            last = try problems(mesh, graph, except: absent)
            return last.isEmpty
        }
        if !isRight { Issue.record("\(what), after \(seconds) s: \(last)") }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func withMesh(seed: UInt64, _ body: (Mesh, Graph, inout SeededGenerator) throws -> Void) throws {
        var generator = SeededGenerator(seed: seed)
        let graph = Graph(using: &generator)
        let members = Self.names.map { name in
            // Costs are the listener's by node, and the peer's.
            let incoming = graph.costs.filter { $0.key.to == name }.map { "  \($0.key.from): \($0.value)" }.sorted()
            return Mesh.Member(
                name,
                dials: graph.costs.keys.filter { $0.from == name }.map(\.to).sorted(),
                listener: incoming.isEmpty ? "" : "nodecost:\n" + incoming.joined(separator: "\n"),
                peerOf: { "cost: \(graph.costs[Mesh.Wire(from: name, to: $0)] ?? 1)" }
            )
        }
        try Mesh.with(members, cuttable: true, isStarted: false) { mesh in
            for name in Self.names { try mesh[name].start() }
            // The last link is there when the last node has all of its own.
            #expect(
                try settles(patience) {
                    try Self.names.allSatisfy {
                        try mesh.client($0).meshStatus().neighbours == graph.neighbours[$0] ?? [:]
                    }
                }
            )
            let time = try converge(mesh, graph, within: Self.isFull ? 2 : 10, "after the last link")
            print("routes of ten nodes were right \(time) s after the last link")
            try body(mesh, graph, &generator)
        }
    }

    @Test("They are the cheapest, and right again after links are cut and healed and nodes are killed")
    func randomFaults() throws {
        try withMesh(seed: 3) { mesh, graph, generator in
            let end = ContinuousClock.now + .seconds(Self.isFull ? 300 : 0)
            var longest = 0.0
            var rounds = 0
            repeat {
                let cut = Set(graph.costs.keys.sorted { "\($0)" < "\($1)" }.shuffled(using: &generator).prefix(3))
                for wire in cut { mesh.wires[wire]?.cut() }
                longest = max(longest, try converge(mesh, graph.without(cut), within: 30, "after a cut"))
                for wire in cut { try mesh.wires[wire]?.heal() }
                longest = max(longest, try converge(mesh, graph, within: 30, "after healing"))
                let name = Self.names.randomElement(using: &generator) ?? Self.names[0]
                try mesh[name].kill()
                longest = max(
                    longest,
                    try converge(mesh, graph.without(name), except: name, within: 30, "after a kill")
                )
                try mesh[name].start()
                longest = max(longest, try converge(mesh, graph, within: 30, "after a restart"))
                rounds += 1
            } while ContinuousClock.now < end
            print("\(rounds) rounds of faults in a mesh of ten nodes: routes were right after \(longest) s at most")
        }
    }

    @Test("A node that stands still is routed around within thirty seconds, and is back when it goes on")
    func frozenNode() throws {
        try Mesh.with([
            .init("a"), .init("b"), .init("cheap", dials: ["a", "b"]),
            .init("dear", dials: ["a", "b"], peer: "cost: 1"),
            .init("detour", dials: ["dear"]),
        ]) { mesh in
            // From detour to b and back there is only dear; from a to b there are two ways.
            let a = try mesh.client("a")
            let via = try #require(try a.meshStatus().RoutingTable["b"])
            try mesh[via].freeze()
            let other = via == "cheap" ? "dear" : "cheap"
            #expect(try settles(30) { try a.meshStatus().RoutingTable["b"] == other })
            #expect(try settles(30) { try mesh.client("b").meshStatus().RoutingTable["a"] == other })
            #expect(try a.ping("b").Success)
            try mesh[via].thaw()
            #expect(try settles(30) { try a.meshStatus().RoutingTable[via] == via })
            #expect(try a.ping(via).Success)
        }
    }
}
