internal import HeapModule

/// Dijkstra's algorithm over a topology. Nodes are numbered first, so that the search itself works on plain arrays.
struct ShortestPaths {
    /// How good a path is: cheap first, then by the rank of the neighbour that it starts with.
    private struct Quality: Comparable {
        var cost: Double
        var firstHop: Int

        static let none = Quality(cost: .infinity, firstHop: .max)

        static func < (left: Quality, right: Quality) -> Bool {
            left.cost != right.cost ? left.cost < right.cost : left.firstHop < right.firstHop
        }
    }

    private struct Candidate: Comparable {
        var quality: Quality
        var node: Int

        static func < (left: Candidate, right: Candidate) -> Bool { left.quality < right.quality }
    }

    private let names: [NodeID]
    /// The connections of each node, by number.
    private let connections: [[(node: Int, cost: Double)]]
    /// This node's neighbours in the order of their names.
    private let firstHops: [NodeID]
    private let source: Int

    init(in topology: MeshTopology) {
        let costs = topology.connectionCosts
        let names = Array(costs.keys)
        var numbers: [NodeID: Int] = [:]
        numbers.reserveCapacity(names.count)
        for (number, name) in names.enumerated() { numbers[name] = number }
        // A connection to a node that never announced itself leads nowhere.
        connections = names.map { name in
            (costs[name] ?? [:]).compactMap { other, cost in numbers[other].map { ($0, cost) } }
        }
        self.names = names
        firstHops = (costs[topology.ownID] ?? [:]).keys.sorted()
        source = numbers[topology.ownID] ?? 0
    }

    func routes() -> [NodeID: RoutingTable.Route] {
        var best = [Quality](repeating: .none, count: names.count)
        var isSettled = [Bool](repeating: false, count: names.count)
        var candidates = Heap<Candidate>()
        isSettled[source] = true
        let ranks = Dictionary(uniqueKeysWithValues: firstHops.enumerated().map { ($1, $0) })
        for (neighbour, cost) in connections[source] {
            guard let rank = ranks[names[neighbour]] else { continue }
            best[neighbour] = Quality(cost: cost, firstHop: rank)
            candidates.insert(Candidate(quality: best[neighbour], node: neighbour))
        }
        while let candidate = candidates.popMin() {
            let node = candidate.node
            // A node is put in again when a better path is found: its worse entries are skipped.
            guard !isSettled[node] else { continue }
            isSettled[node] = true
            for (other, cost) in connections[node] where !isSettled[other] {
                let quality = Quality(cost: candidate.quality.cost + cost, firstHop: candidate.quality.firstHop)
                guard quality.cost.isFinite, quality < best[other] else { continue }
                best[other] = quality
                candidates.insert(Candidate(quality: quality, node: other))
            }
        }
        return table(best)
    }

    private func table(_ best: [Quality]) -> [NodeID: RoutingTable.Route] {
        var routes: [NodeID: RoutingTable.Route] = [:]
        routes.reserveCapacity(names.count)
        for (node, quality) in best.enumerated() where quality.firstHop < firstHops.count {
            routes[names[node]] = RoutingTable.Route(nextHop: firstHops[quality.firstHop], cost: quality.cost)
        }
        return routes
    }
}
