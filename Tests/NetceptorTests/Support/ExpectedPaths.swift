import Netceptor

/// The cheapest paths of a mesh by Floyd and Warshall's algorithm, which shares nothing with what it checks.
struct ExpectedPaths {
    private(set) var costs: [NodeID: [NodeID: Double]] = [:]

    init(_ nodes: [NodeID], _ links: [Link]) {
        for node in nodes { costs[node] = [node: 0] }
        for link in links {
            costs[link.left]?[link.right] = link.cost
            costs[link.right]?[link.left] = link.cost
        }
        for middle in nodes {
            for from in nodes {
                guard let first = costs[from]?[middle] else { continue }
                for (to, second) in costs[middle] ?? [:] where first + second < costs[from]?[to] ?? .infinity {
                    costs[from]?[to] = first + second
                }
            }
        }
    }

    struct Link: Hashable {
        let left: NodeID
        let right: NodeID
        let cost: Double
    }

    /// What is wrong with the routes of a mesh.
    func problems(in nodes: [NodeID: NodeState]) -> [String] {
        var problems: [String] = []
        for (from, state) in nodes {
            for to in costs.keys where to != from {
                let expected = costs[from]?[to]
                let route = state.routes[to]
                if route?.cost != expected {
                    problems.append(
                        "\(from) to \(to) costs \(String(describing: route?.cost)), not \(String(describing: expected))"
                    )
                }
                // From the next node on the rest of the path must be the cheapest too.
                guard let route, let expected else { continue }
                let link = state.connections.first { $0.node == route.nextHop }?.cost
                let rest = costs[route.nextHop]?[to]
                guard let link, let rest, link + rest == expected else {
                    problems.append("\(from) to \(to) goes via \(route.nextHop)")
                    continue
                }
            }
        }
        return problems
    }
}
