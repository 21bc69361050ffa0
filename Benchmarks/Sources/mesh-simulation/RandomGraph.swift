/// A connected random graph: a random tree, and links between random nodes up to a mean degree of 3.5.
struct RandomGraph {
    let nodeCount: Int
    let links: [(left: Int, right: Int)]

    init(nodeCount: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var links: [(left: Int, right: Int)] = []
        var taken: Set<Int> = []
        func add(_ left: Int, _ right: Int) {
            guard left != right, taken.insert(min(left, right) * nodeCount + max(left, right)).inserted else { return }
            links.append((left, right))
        }
        for node in 1..<nodeCount { add(node, Int.random(in: 0..<node, using: &generator)) }
        let wanted = min(nodeCount * 7 / 4, nodeCount * (nodeCount - 1) / 2)
        while links.count < wanted {
            add(Int.random(in: 0..<nodeCount, using: &generator), Int.random(in: 0..<nodeCount, using: &generator))
        }
        self.nodeCount = nodeCount
        self.links = links
    }
}
