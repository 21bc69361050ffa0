import NamePatterns
@testable import Netceptor
import TestSupport
import Testing
import TimeFormats

/// A quadratic cost would be 16 times as much a unit, one with a logarithm about twice.
@Suite(.serialized) struct `The cost of a unit stays the same as inputs grow` {
    private static let bound = 4.0

    private static func names(_ count: Int) throws -> [NodeID] { try (0..<count).map { try NodeID("node-\($0)") } }

    private static func update(_ connections: Int) throws -> [UInt8] {
        let costs = Dictionary(uniqueKeysWithValues: try names(connections).map { ($0, 1.0) })
        return MeshMessage.routeUpdate(.of("foo", costs, sequence: 1)).encoded
    }

    @Test func `of a route update's connections`() throws {
        let growth = try CostGrowth.perUnit(from: 150, input: Self.update) { _ = try MeshMessage(decoding: $0) }
        #expect(growth < Self.bound)
    }

    @Test func `of a route update's key`() throws {
        let ending = RouteUpdateKey.ending(forwardedBy: "foo")
        let growth = try CostGrowth.perUnit(from: 150, input: Self.update) { message in
            for _ in 0..<10 { #expect(RouteUpdateKey(message, ending: ending) != nil) }
        }
        #expect(growth < Self.bound)
    }

    @Test func `of an advertisement's types of work and tags`() throws {
        let growth = try CostGrowth.perUnit(from: 60) { (count: Int) -> [UInt8] in
            let tags = Dictionary(uniqueKeysWithValues: (0..<count).map { ("t\($0)", "v") })
            let commands = (0..<count).map { WorkCommand(workType: "w\($0)", isSecure: true) }
            let advertisement = ServiceAdvertisement(
                nodeID: "foo",
                service: "control",
                time: .init(unixNanoseconds: 1),
                connectionType: .stream,
                tags: tags,
                workCommands: commands
            )
            return MeshMessage.serviceAdvertisement(advertisement).encoded
        } work: {
            _ = try MeshMessage(decoding: $0)
        }
        #expect(growth < Self.bound)
    }

    @Test func `of hostile text in a message`() {
        for text in ["[", "{\"a\":", "\"\\u0000", "{\"NodeID\":\"", "\"a\":1,", "1"] {
            let growth = CostGrowth.perUnit(from: 4_000) { size in
                [1] + Array(String(repeating: text, count: size / text.utf8.count).utf8)
            } work: { message in
                _ = try? MeshMessage(decoding: message)
            }
            #expect(growth < Self.bound, "\(text)")
        }
    }

    @Test func `of nodes in a mesh`() throws {
        let growth = try CostGrowth.perUnit(from: 60, input: Self.names) { names in
            var topology = MeshTopology(ownID: "foo")
            topology.addLink(to: names[0], cost: 1)
            for (number, name) in names.enumerated() {
                let connections = Dictionary(
                    uniqueKeysWithValues: [number - 1, number + 1].filter(names.indices.contains).map {
                        (names[$0], 1.0)
                    }
                )
                _ = topology.apply(.of(name, connections, sequence: 1), at: .seconds(0)) { _ in true }
            }
            #expect(RoutingTable(from: topology).count > names.count - 2)
        }
        #expect(growth < Self.bound)
    }

    @Test func `of neighbours of one node`() throws {
        let growth = try CostGrowth.perUnit(from: 60, input: Self.names) { names in
            var topology = MeshTopology(ownID: "foo")
            topology.addLink(to: "hub", cost: 1)
            for name in names { _ = topology.apply(.of(name, ["hub": 1], sequence: 1), at: .seconds(0)) { _ in true } }
            let costs = Dictionary(uniqueKeysWithValues: names.map { ($0, 1.0) })
            _ = topology.apply(.of("hub", costs, sequence: 1), at: .seconds(0)) { _ in true }
            _ = topology.apply(.of("hub", [:], sequence: 2), at: .seconds(0)) { _ in true }
            #expect(RoutingTable(from: topology).count == 1)
        }
        #expect(growth < Self.bound)
    }

    @Test func `of services in the table`() throws {
        let growth = try CostGrowth.perUnit(from: 100, input: Self.names) { names in
            #expect(Self.kept(names, maximumBytes: MeshLimits.advertisementBytes) == names.count)
        }
        #expect(growth < Self.bound)
    }

    @Test func `of services for which the table has no room`() throws {
        let growth = try CostGrowth.perUnit(from: 100, input: Self.names) { names in
            #expect(Self.kept(names, maximumBytes: names.count * 200) < names.count)
        }
        #expect(growth < Self.bound)
    }

    /// How many services a table keeps of one of each node, all of which but the first are in reach.
    private static func kept(_ names: [NodeID], maximumBytes: Int) -> Int {
        var table = ServiceTable(ownID: "foo", at: .seconds(0), maximumBytes: maximumBytes)
        for name in names {
            let advertisement = ServiceAdvertisement(
                nodeID: name,
                service: "control",
                time: .init(unixNanoseconds: 1),
                connectionType: .stream
            )
            let message = MeshMessage.serviceAdvertisement(advertisement).encoded
            _ = table.receive(advertisement, message: message, from: "peer", at: .seconds(0)) { node in
                node == names[0] ? nil : "peer"
            }
        }
        return table.advertisements(at: .seconds(0)).count
    }

    @Test func `of a name that a pattern looks at`() throws {
        for text in ["(a*)*b", "(a|aa)+b", "[a-z]*", "(?i)(.*a){5}"] {
            let pattern = try NamePattern(text)
            let growth = CostGrowth.perUnit(from: 1_000) {
                String(repeating: "a", count: $0)
            } work: {
                _ = pattern.matches($0)
            }
            #expect(growth < Self.bound, "\(text)")
        }
    }

    @Test func `of a pattern`() throws {
        for text in ["[a-z]", "(a)", "a|", "x*", "\\x41", "a{2}"] {
            let growth = try CostGrowth.perUnit(from: 60) {
                String(repeating: text, count: $0 / text.utf8.count)
            } work: {
                _ = try NamePattern($0)
            }
            #expect(growth < Self.bound, "\(text)")
        }
    }
}
