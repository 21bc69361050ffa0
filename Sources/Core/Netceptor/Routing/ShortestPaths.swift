internal import HeapModule

/// Dijkstra's algorithm over a topology, whose nodes have numbers already: their places.
struct ShortestPaths {
    /// How good a path is: cheap first, then by the rank of the neighbour that it starts with.
    private struct Quality: Comparable {
        var cost: Double
        var firstHop: Int32

        static let none = Quality(cost: .infinity, firstHop: .max)

        static func < (left: Quality, right: Quality) -> Bool {
            left.cost != right.cost ? left.cost < right.cost : left.firstHop < right.firstHop
        }
    }

    private struct Candidate: Comparable {
        var cost: Double
        var firstHop: Int32
        var node: Int32

        var quality: Quality { Quality(cost: cost, firstHop: firstHop) }

        static func < (left: Candidate, right: Candidate) -> Bool { left.quality < right.quality }
    }

    /// This node's neighbours in the order of their names.
    let firstHops: [NodeID]
    /// The best path to each place.
    private var best: [Quality]

    init(in topology: MeshTopology) {
        let nodes = topology.nodes
        let links = nodes[0].edges.filter { $0.isOutgoing && nodes[Int($0.node)].isDestination }
            .sorted { nodes[Int($0.node)].id < nodes[Int($1.node)].id }
        firstHops = links.map { nodes[Int($0.node)].id }
        best = Array(repeating: .none, count: nodes.count)
        var isSettled = [Bool](repeating: false, count: nodes.count)
        var candidates = Heap<Candidate>()
        isSettled[0] = true
        for (rank, link) in links.enumerated() where link.node != 0 {
            let candidate = Candidate(cost: link.cost, firstHop: Int32(rank), node: link.node)
            best[Int(link.node)] = candidate.quality
            candidates.insert(candidate)
        }
        while let candidate = candidates.popMin() {
            let node = Int(candidate.node)
            // A node is put in again when a better path is found: its worse entries are skipped.
            guard !isSettled[node] else { continue }
            isSettled[node] = true
            for edge in nodes[node].edges where edge.isOutgoing && !isSettled[Int(edge.node)] {
                let other = Int(edge.node)
                let quality = Quality(cost: candidate.cost + edge.cost, firstHop: candidate.firstHop)
                // A connection to a node that never announced itself leads nowhere.
                guard quality.cost.isFinite, quality < best[other], nodes[other].isDestination else { continue }
                best[other] = quality
                candidates.insert(Candidate(cost: quality.cost, firstHop: quality.firstHop, node: edge.node))
            }
        }
    }

    /// Whether there is a path to a place, the rank of its first hop and its cost.
    func path(to place: Int) -> (firstHop: Int32, cost: Double)? {
        let quality = best[place]
        return quality.firstHop < firstHops.count ? (quality.firstHop, quality.cost) : nil
    }
}
