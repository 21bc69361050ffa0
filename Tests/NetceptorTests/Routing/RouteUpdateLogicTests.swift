@testable import Netceptor
import Testing

@Suite struct `Route updates` {
    private var logic = RouteUpdateLogic(ownID: "foo", epoch: 100)
    private let now = MeshInstant.seconds(50)

    private mutating func receive(_ update: RouteUpdate, at time: MeshInstant? = nil) -> [RouteEffect] {
        logic.receive(update, from: "bar", at: time ?? now) { _ in false }
    }

    private func flooded(_ update: RouteUpdate) -> RouteEffect {
        var update = update
        update.forwardingNode = "foo"
        return .flood(update, except: "bar")
    }

    @Test mutating func `of a node never heard of are answered, taken in and passed on`() {
        let update = RouteUpdate.of("baz", ["bar": 1], sequence: 1, via: "bar")
        #expect(
            receive(update) == [
                .nodeFound("baz"), .sendOwnUpdate(by: .seconds(50.1)), .recompute(by: .seconds(50.1)), flooded(update),
            ]
        )
        #expect(logic.topology.connections(of: "baz") == ["bar": 1])
    }

    @Test mutating func `that change nothing are only passed on`() {
        _ = receive(.of("baz", ["bar": 1], sequence: 1))
        let update = RouteUpdate.of("baz", ["bar": 1], sequence: 2)
        #expect(receive(update) == [flooded(update)])
    }

    @Test mutating func `that are older than what is known are dropped`() {
        _ = receive(.of("baz", ["bar": 1], epoch: 5, sequence: 5))
        #expect(receive(.of("baz", [:], epoch: 5, sequence: 4)) == [])
        #expect(receive(.of("baz", [:], epoch: 5, sequence: 5, id: "other")) == [])
        #expect(receive(.of("baz", [:], epoch: 4, sequence: 9)) == [])
        #expect(receive(.of("baz", [:], epoch: 6, sequence: 1)).contains(.recompute(by: .seconds(50.1))))
    }

    @Test mutating func `that were seen within an hour are dropped`() {
        #expect(!receive(.of("baz", [:], sequence: 1, id: "same"), at: .seconds(0)).isEmpty)
        #expect(receive(.of("baz", [:], sequence: 2, id: "same"), at: .seconds(3_599)) == [])
        #expect(!receive(.of("baz", [:], sequence: 3, id: "same"), at: .seconds(3_601)).isEmpty)
    }

    @Test mutating func `that no longer list a node remove the way back too`() {
        _ = receive(.of("a", ["b": 1, "c": 1], sequence: 1))
        _ = receive(.of("b", ["a": 1, "c": 1], sequence: 1))
        _ = receive(.of("a", ["c": 1], sequence: 2))
        #expect(logic.topology.connectionCosts == ["foo": [:], "a": ["c": 1], "b": ["c": 1]])
        // It is back as soon as the other node lists it again.
        #expect(receive(.of("b", ["a": 1, "c": 1], sequence: 2)).contains(.recompute(by: .seconds(50.1))))
        #expect(logic.topology.connectionCosts["b"] == ["a": 1, "c": 1])
    }

    @Test mutating func `cannot remove a link of this node`() {
        _ = logic.linkEstablished(with: "bar", cost: 2, at: now)
        _ = receive(.of("bar", ["baz": 1], sequence: 1))
        #expect(logic.topology.connectionCosts["foo"] == ["bar": 2])
    }

    @Test mutating func `of a neighbour that do not list this node make it tell of the link again`() {
        _ = receive(.of("baz", ["foo": 1], sequence: 1))
        _ = logic.linkEstablished(with: "baz", cost: 1, at: now)
        #expect(!receive(.of("baz", ["foo": 1], sequence: 2)).contains(.sendOwnUpdate(by: .seconds(50.1))))
        #expect(receive(.of("baz", ["bar": 1], sequence: 3)).contains(.sendOwnUpdate(by: .seconds(50.1))))
    }

    @Test mutating func `of the last half minute are what a new neighbour is told`() {
        _ = receive(.of("old", ["foo": 1], sequence: 1), at: .seconds(10))
        _ = receive(.of("baz", ["foo": 1], sequence: 1, id: "x"), at: .seconds(20))
        _ = receive(.of("new", ["foo": 1], sequence: 1), at: .seconds(20))
        let expected = RouteUpdate.of("baz", ["foo": 1], sequence: 1, id: "x", via: "foo")
        #expect(logic.updatesForNewNeighbour("new", at: .seconds(45)) == [expected])
    }

    @Test mutating func `of this node that come back are ignored`() {
        #expect(receive(.of("foo", [:], epoch: 100, sequence: 7)) == [])
    }

    @Test mutating func `of an older life of this node are ignored`() {
        #expect(receive(.of("foo", [:], epoch: 99, sequence: 7)) == [])
    }

    @Test mutating func `of a younger node with the same ID give it notice, once a second at most`() {
        let isNotice = { (effect: RouteEffect) in effect == .sendDuplicateNotice(epoch: 200) }
        #expect(receive(.of("foo", [:], epoch: 200, sequence: 1)).contains(where: isNotice))
        #expect(receive(.of("foo", [:], epoch: 200, sequence: 2)) == [])
        #expect(receive(.of("foo", [:], epoch: 200, sequence: 3), at: .seconds(51)).contains(where: isNotice))
    }

    @Test mutating func `that call this node the duplicate shut it down`() {
        let effects = receive(.of("foo", [:], epoch: 99, sequence: 7, suspecting: 100))
        #expect(effects.last == .shutDown)
        guard case .log(let entry) = effects.first else {
            Issue.record("nothing logged")
            return
        }
        #expect(entry.level == .error)
    }

    @Test mutating func `that call another node a duplicate set its epoch back and are passed on`() {
        _ = receive(.of("baz", ["bar": 1], epoch: 200, sequence: 3))
        let notice = RouteUpdate.of("baz", [:], epoch: 150, sequence: 8, suspecting: 200)
        #expect(receive(notice).last == flooded(notice))
        #expect(logic.topology.version(of: "baz").map { [$0.epoch, $0.sequence] } == [150, 8])
        #expect(logic.topology.connections(of: "baz") == ["bar": 1])
        // The older node's updates count again; a notice about an epoch that is not known changes nothing.
        #expect(!receive(.of("baz", ["qux": 1], epoch: 150, sequence: 9)).isEmpty)
        #expect(receive(.of("baz", [:], epoch: 120, sequence: 1, suspecting: 200)).count == 2)
        #expect(logic.topology.version(of: "baz").map { [$0.epoch, $0.sequence] } == [150, 9])
    }

    @Test mutating func `of this node count from 1 and tell of its links`() {
        _ = logic.linkEstablished(with: "bar", cost: 2, at: now)
        let update = logic.makeOwnUpdate(updateID: "x")
        #expect(update == .of("foo", ["bar": 2], epoch: 100, sequence: 1, id: "x"))
        #expect(logic.makeOwnUpdate(updateID: "y", suspectedDuplicate: 7).sequence == 2)
        #expect(
            logic.linkLost(with: "bar", at: now) == [.sendOwnUpdate(by: .seconds(50.1)), .recompute(by: now)]
        )
        #expect(logic.topology.connectionCosts == ["foo": [:]])
    }

    @Test func `have an epoch that grows with the time of start, also within a second`() {
        let starts: [Int64] = [
            1_795_472_095_000_000_000, 1_795_472_095_000_001_000, 1_795_472_095_999_999_999, 1_795_472_096_000_000_000,
        ]
        let epochs = starts.map { RouteUpdateLogic.epoch(unixNanoseconds: $0) }
        #expect(zip(epochs, epochs.dropFirst()).allSatisfy { $0 < $1 })
        #expect(epochs.map { $0 >> 24 } == [1_795_472_095, 1_795_472_095, 1_795_472_095, 1_795_472_096])
    }

    @Test mutating func `that a flood of made-up nodes sends leave memory bounded and the mesh in place`() throws {
        _ = logic.linkEstablished(with: "bar", cost: 1, at: now)
        _ = receive(.of("bar", ["foo": 1, "baz": 1], sequence: 1))
        _ = receive(.of("baz", ["bar": 1], sequence: 1))
        let real: Set<NodeID> = ["bar", "baz"]
        for number in 0..<10_000 {
            let node = try NodeID("made-up-\(number)")
            let connections = [try NodeID("x\(number)"): 1.0, try NodeID("y\(number)"): 1.0]
            let update = RouteUpdate.of(node, connections, sequence: 1)
            _ = logic.receive(update, from: "bar", at: now) { real.contains($0) }
        }
        #expect(logic.topology.nodeCount <= MeshLimits.nodes)
        #expect(logic.topology.connectionCount <= MeshLimits.connections)
        #expect(logic.seen.count <= MeshLimits.seenUpdates)
        #expect(logic.topology.connections(of: "bar") == ["foo": 1, "baz": 1] && logic.topology.knows("baz"))
    }
}

@Suite struct `The topology` {
    private func flood(_ topology: inout MeshTopology, count: Int, connections: Int) throws -> [MeshTopology.Change] {
        try (0..<count).map { number in
            let targets = try (0..<connections).map { (try NodeID("t\(number)-\($0)"), 1.0) }
            let update = RouteUpdate.of(
                try NodeID("n\(number)"),
                Dictionary(uniqueKeysWithValues: targets),
                sequence: 1
            )
            return topology.apply(update, at: .seconds(Double(number))) { _ in false }
        }
    }

    @Test func `evicts the nodes out of reach that were silent longest`() throws {
        var topology = MeshTopology(ownID: "foo", maximumNodes: 1_000, maximumConnections: 10_000)
        _ = try flood(&topology, count: 1_001, connections: 1)
        #expect(!topology.knows("n0") && topology.knows("n1000") && topology.nodeCount <= 1_000)
    }

    @Test func `takes no more connections than it has room for`() throws {
        var topology = MeshTopology(ownID: "foo", maximumNodes: 1_000, maximumConnections: 100)
        let changes = try flood(&topology, count: 50, connections: 30)
        #expect(topology.connectionCount <= 100 && !changes.contains(.full))
        let huge = try (0..<101).map { (try NodeID("t\($0)"), 1.0) }
        let update = RouteUpdate.of("huge", Dictionary(uniqueKeysWithValues: huge), sequence: 1)
        #expect(topology.apply(update, at: .seconds(99)) { _ in false } == .full)
    }

    @Test func `that is full of nodes within reach takes no others`() throws {
        var topology = MeshTopology(ownID: "foo", maximumNodes: 2, maximumConnections: 100)
        for node in ["a", "b"] as [NodeID] {
            #expect(topology.apply(.of(node, [:], sequence: 1), at: .seconds(0)) { _ in true } != .full)
        }
        #expect(topology.apply(.of("c", [:], sequence: 1), at: .seconds(0)) { _ in true } == .full)
        #expect(topology.apply(.of("a", [:], sequence: 2), at: .seconds(0)) { _ in true } != .full)
    }

    @Test func `forgets nodes that are out of reach and silent for long, but no neighbour`() {
        var topology = MeshTopology(ownID: "foo")
        topology.addLink(to: "bar", cost: 1)
        for node in ["bar", "gone", "here"] as [NodeID] {
            _ = topology.apply(.of(node, ["foo": 1], sequence: 1), at: .seconds(0)) { _ in true }
        }
        #expect(topology.forgetUnreachable(silentSince: .seconds(1)) { $0 == "here" } == ["gone"])
        #expect(topology.connectionCosts.keys.sorted() == ["bar", "foo", "here"])
    }
}
