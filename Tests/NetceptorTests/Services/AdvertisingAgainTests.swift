@testable import Netceptor
import TestSupport
import Testing

@Suite struct `Services are advertised again` {
    private var table = ServiceTable(ownID: "foo", at: .seconds(0))

    private mutating func register() throws {
        try table.register(
            LocalService(name: "control", advertisement: .controlService(.stream)),
            at: .seconds(0)
        )
        #expect(table.dueAdvertisements(at: .seconds(5)).count == 1)
        #expect(table.nextAdvertisement == .seconds(65))
    }

    @Test mutating func `soon after a node came, once for all that come together`() throws {
        try register()
        table.advertiseToNewNode(nodeCount: 1, random: 0, at: .seconds(20))
        #expect(table.nextAdvertisement == .seconds(21))
        for number in 0..<100 {
            table.advertiseToNewNode(nodeCount: number, random: 1, at: .seconds(20 + Double(number) / 200))
        }
        #expect(table.nextAdvertisement == .seconds(21))
        #expect(table.dueAdvertisements(at: .seconds(21)).count == 1)
        #expect(table.dueAdvertisements(at: .seconds(22)).isEmpty && table.nextAdvertisement == .seconds(81))
    }

    @Test mutating func `at most once in a few seconds, and less often in a large mesh`() throws {
        try register()
        table.advertiseToNewNode(nodeCount: 0, random: 0, at: .seconds(5.5))
        #expect(table.nextAdvertisement == .seconds(12))
        var large = table
        #expect(table.dueAdvertisements(at: .seconds(12)).count == 1)
        #expect(large.dueAdvertisements(at: .seconds(12)).count == 1)
        large.advertiseToNewNode(nodeCount: 1_000, random: 0, at: .seconds(12.5))
        #expect(large.nextAdvertisement == .seconds(29))
    }

    @Test mutating func `never later than they would be anyway, and not where there are none`() throws {
        table.advertiseToNewNode(nodeCount: 1, random: 0, at: .seconds(1))
        #expect(table.nextAdvertisement == .seconds(60))
        try register()
        table.advertiseToNewNode(nodeCount: 8_000, random: 1, at: .seconds(6))
        #expect(table.nextAdvertisement == .seconds(65))
    }

    @Test func `by a node that hears of a new node or a new epoch far away`() throws {
        let mesh = MeshSimulation(seed: 3)
        for name in ["a", "b", "c"] as [NodeID] { mesh.add(name) }
        mesh.connect("a", "b")
        mesh.connect("b", "c")
        try mesh.input("a") { node in
            try node.registerService(
                LocalService(name: "control", advertisement: .controlService(.stream)),
                at: mesh.now
            )
            return []
        }
        mesh.run(seconds: 20)
        let link = try #require(mesh.links(of: "a", to: "b"))
        for (epoch, name) in [(1, "new"), (1, "other"), (2, "new")] as [(UInt64, NodeID)] {
            let update = RouteUpdate.of(name, ["c": 1], epoch: epoch, sequence: 1, via: "b")
            let old = mesh.nodes["c"]?.services["a", "control"]?.time
            mesh.input("a") { $0.receive(MeshMessage.routeUpdate(update).encoded, on: link, at: mesh.now) }
            mesh.run(seconds: 3.2)
            #expect(mesh.nodes["c"]?.services["a", "control"]?.time != old)
            mesh.run(seconds: 10)
        }
    }
}
