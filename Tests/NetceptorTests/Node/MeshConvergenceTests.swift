import Netceptor
import TestSupport
import Testing

@Suite struct `A mesh of ten nodes` {
    private typealias Link = ExpectedPaths.Link

    private static let names: [NodeID] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    private static let costs: [Double] = [0.5, 1, 1, 1, 2, 3, 7]

    /// A random tree and as many links again.
    private static func randomLinks(_ generator: inout SeededGenerator) -> [Link] {
        var links: [Link] = []
        func add(_ left: Int, _ right: Int) {
            let (low, high) = (names[min(left, right)], names[max(left, right)])
            guard left != right, !links.contains(where: { $0.left == low && $0.right == high }) else { return }
            links.append(Link(left: low, right: high, cost: costs.randomElement(using: &generator) ?? 1))
        }
        for number in 1..<names.count { add(number, Int.random(in: 0..<number, using: &generator)) }
        for _ in names {
            add(Int.random(in: names.indices, using: &generator), Int.random(in: names.indices, using: &generator))
        }
        return links
    }

    private static func mesh(_ links: [Link], seed: UInt64) throws -> MeshSimulation {
        let mesh = MeshSimulation(seed: seed)
        for (number, name) in names.enumerated() { mesh.add(name, epoch: UInt64(number + 1)) }
        for link in links { mesh.connect(link.left, link.right, try LinkOptions(cost: link.cost)) }
        return mesh
    }

    @Test(arguments: 1...8) func `finds the cheapest paths within a second`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let links = Self.randomLinks(&generator)
        let mesh = try Self.mesh(links, seed: seed)
        mesh.run(seconds: 1)
        #expect(ExpectedPaths(Self.names, links).problems(in: mesh.nodes) == [])
        // And keeps to them while nothing happens, without a word too much.
        mesh.clearOutcomes()
        mesh.run(seconds: 60)
        #expect(ExpectedPaths(Self.names, links).problems(in: mesh.nodes) == [])
        #expect(mesh.outcomes.map { "\($0)" } == [])
    }

    @Test(arguments: 1...(Fuzz.seconds > 1 ? 40 : 4))
    func `finds the cheapest paths again after every cut and every repair`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed &* 1_000)
        let links = Self.randomLinks(&generator)
        let mesh = try Self.mesh(links, seed: seed)
        mesh.keepsOutcomes = false
        mesh.run(seconds: 1)
        var isUp = Dictionary(uniqueKeysWithValues: links.map { ($0, true) })
        for step in 0..<120 {
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                guard let link = links.randomElement(using: &generator) else { continue }
                if isUp[link] == true {
                    mesh.cut(link.left, link.right)
                } else {
                    mesh.connect(link.left, link.right, try LinkOptions(cost: link.cost))
                }
                isUp[link]?.toggle()
                mesh.run(seconds: Double.random(in: 0...0.15, using: &generator))
            }
            mesh.run(seconds: 1)
            let up = links.filter { isUp[$0] == true }
            let problems = ExpectedPaths(Self.names, up).problems(in: mesh.nodes)
            try #require(problems == [], "seed \(seed), step \(step), links \(up)")
        }
    }

    @Test func `routes around a node that is frozen, within thirty seconds`() throws {
        var generator = SeededGenerator(seed: 5)
        let links = Self.randomLinks(&generator)
        let mesh = try Self.mesh(links, seed: 5)
        mesh.run(seconds: 10)
        mesh.freeze("a")
        mesh.run(seconds: 30)
        let rest = Self.names.filter { $0 != "a" }
        let up = links.filter { $0.left != "a" && $0.right != "a" }
        #expect(ExpectedPaths(rest, up).problems(in: mesh.nodes.filter { $0.key != "a" }) == [])
        #expect(rest.allSatisfy { mesh.nodes[$0]?.routes.reaches("a") == false })
    }

    @Test func `learns of services at once, also where a node joins later`() throws {
        var generator = SeededGenerator(seed: 6)
        let links = Self.randomLinks(&generator)
        let mesh = try Self.mesh(links, seed: 6)
        try mesh.input("a") { node in
            try node.registerService(
                LocalService(name: "control", advertisement: .controlService(.stream)),
                at: mesh.now
            )
            node.setWorkCommands([WorkCommand(workType: "cat", isSecure: false)], at: mesh.now)
            return []
        }
        mesh.run(seconds: 6)
        #expect(
            Self.names.dropFirst().allSatisfy { mesh.nodes[$0]?.services["a", "control"]?.workCommands?.count == 1 }
        )
        mesh.add("late")
        mesh.connect("j", "late")
        mesh.run(seconds: 1)
        #expect(mesh.nodes["late"]?.services["a", "control"] != nil && mesh.nodes["late"]?.routes.routes.count == 10)
        mesh.input("a") { $0.unregisterService("control", at: mesh.now) }
        mesh.run(seconds: 1)
        #expect(mesh.nodes.values.allSatisfy { $0.services["a", "control"] == nil })
    }

    @Test func `sends little while nothing happens`() throws {
        var generator = SeededGenerator(seed: 7)
        let links = Self.randomLinks(&generator)
        let mesh = try Self.mesh(links, seed: 7)
        mesh.run(seconds: 5)
        let before = mesh.messageCount
        mesh.run(seconds: 100)
        // Each of the ten updates a second crosses each link at most once in each direction.
        #expect(mesh.messageCount - before <= 10 * 10 * 2 * links.count)
    }
}
