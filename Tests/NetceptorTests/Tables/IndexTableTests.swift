@testable import Netceptor
import TestSupport
import Testing

@Suite struct `Tables of places` {
    @Test func `find what was put in and not taken out, whatever hashes meet`() throws {
        var generator = SeededGenerator(seed: 3)
        var table = IndexTable()
        var hashes: [Int: UInt32] = [:]
        for place in 0..<2_000 {
            // Few hashes: many share a slot, and some are the same.
            let hash = UInt32.random(in: 0..<300, using: &generator) << UInt32.random(in: 0..<3, using: &generator)
            table.insert(place, hash: hash)
            hashes[place] = hash
            guard let gone = hashes.keys.sorted().randomElement(using: &generator),
                Bool.random(using: &generator), let hash = hashes.removeValue(forKey: gone)
            else { continue }
            table.remove(gone, hash: hash)
            #expect(table.find(hash) { $0 == gone } == nil)
        }
        #expect(table.count == hashes.count)
        for (place, hash) in hashes { try #require(table.find(hash) { $0 == place } == place) }
    }

    @Test func `lead to another place where one is replaced`() {
        var table = IndexTable()
        table.insert(1, hash: 7)
        table.insert(2, hash: 7)
        table.replace(1, with: 3, hash: 7)
        #expect(table.find(7) { $0 == 1 } == nil && table.find(7) { $0 == 3 } == 3 && table.find(7) { $0 == 2 } == 2)
    }

    @Test func `of a name and of its bytes have one hash`() {
        for name in ["a", "node-0001", "a-node-with-a-long-name", "über"] {
            #expect(Array(name.utf8).withUnsafeBytes { TableHash.of($0.bytes) } == TableHash.of(name))
        }
    }
}

@Suite struct `Identifiers of updates that came` {
    @Test func `are known again while they are among the last that fit`() throws {
        var seen = SeenUpdates(lifetime: .seconds(3_600), capacity: 100)
        for number in 0..<1_000 {
            let isNew = seen.insert(UpdateID("id-\(number + 10_000)"), at: .seconds(Double(number)))
            try #require(isNew && seen.count == min(number + 1, 100))
            let oldest = max(0, number - 99)
            for known in [oldest, (oldest + number) / 2, number] {
                let isNewAgain = seen.insert(UpdateID("id-\(known + 10_000)"), at: .seconds(Double(number)))
                try #require(!isNewAgain)
            }
        }
        let isNewWithinTheHour = seen.insert(UpdateID("id-10999"), at: .seconds(4_590))
        let isNewAfterIt = seen.insert(UpdateID("id-10999"), at: .seconds(4_620))
        #expect(!isNewWithinTheHour && isNewAfterIt && seen.count == 1)
    }
}

@Suite struct `Places of nodes in the topology` {
    @Test func `are used again for others, and nothing of the former stays`() throws {
        var topology = MeshTopology(ownID: "foo")
        for round in 0..<50 {
            let names = try (0..<20).map { try NodeID("r\(round)-\($0)") }
            for (number, name) in names.enumerated() {
                let connections = [names[(number + 1) % 20]: 1.0, names[(number + 19) % 20]: 2.0]
                _ = topology.apply(.of(name, connections, sequence: 1), at: .seconds(Double(round))) { _ in false }
            }
            #expect(topology.nodeCount == 20 && topology.connectionCount == 40)
            #expect(topology.connections(of: names[3]) == [names[4]: 1, names[2]: 2])
            let gone = topology.forgetUnreachable(silentSince: .seconds(Double(round) + 0.5)) { _ in false }
            #expect(gone == names.sorted())
        }
        #expect(topology.connectionCount == 0 && topology.connectionCosts == ["foo": [:]])
        #expect(topology.nodes.count <= 21)
    }
}
