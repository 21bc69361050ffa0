@testable import Netceptor
import TestSupport
import Testing

@Suite struct `Route updates that repeat what is known` {
    private static let ending = RouteUpdateKey.ending(forwardedBy: "bar")

    private func message(_ update: RouteUpdate) -> [UInt8] { MeshMessage.routeUpdate(update).encoded }

    private func key(_ text: String) -> RouteUpdateKey? { RouteUpdateKey([1] + Array(text.utf8), ending: Self.ending) }

    /// The same document as JSON, in a form that is always decoded.
    private func spaced(_ message: [UInt8]) -> [UInt8] {
        message.prefix(2) + [UInt8(ascii: " ")] + message.dropFirst(2)
    }

    @Test func `are known by the parts that the decoder reads too`() throws {
        let update = RouteUpdate.of(
            "baz",
            ["bar": 1, "a}b": 2.5],
            epoch: 1 << 54,
            sequence: 7,
            id: "abcd1234",
            via: "bar"
        )
        let bytes = message(update)
        let key = try #require(RouteUpdateKey(bytes, ending: Self.ending))
        #expect(String(decoding: bytes[key.nodeID], as: UTF8.self) == "baz")
        #expect(String(decoding: bytes[key.updateID], as: UTF8.self) == "abcd1234")
        #expect(key.epoch == update.epoch && key.sequence == 7)
        #expect(String(decoding: bytes[key.connections], as: UTF8.self) == #"{"a}b":2.5,"bar":1}"#)
    }

    @Test(arguments: [
        #"{"NodeID":"","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1,"Connections":{}"#,
        #"{"NodeID":"b\u0061z","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1,"Connections":{}"#,
        #"{"NodeID":"é","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1,"Connections":{}"#,
        #"{"NodeID":"baz","UpdateID":"x","UpdateEpoch":01,"UpdateSequence":1,"Connections":{}"#,
        #"{"NodeID":"baz","UpdateID":"x","UpdateEpoch":-1,"UpdateSequence":1,"Connections":{}"#,
        #"{"NodeID":"baz","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1.5,"Connections":{}"#,
        #"{"NodeID":"baz","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":9999999999999999999,"Connections":{}"#,
        #"{"NodeID":"baz","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1,"Connections":null"#,
        #"{"NodeID": "baz","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1,"Connections":{}"#, "{", "",
    ])
    func `are decoded when anything is unusual`(start: String) {
        let usual = ##"{"NodeID":"baz","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1,"Connections":{}"##
        let end = #","ForwardingNode":"bar","SuspectedDuplicate":0}"#
        #expect(key(usual + end) != nil)
        #expect(key(start + end) == nil)
        #expect(key(usual + #","ForwardingNode":"bar","SuspectedDuplicate":1}"#) == nil)
        #expect(key(usual + #","ForwardingNode":"qux","SuspectedDuplicate":0}"#) == nil)
    }

    @Test func `do the same to a node as when they are decoded, whatever they are`() throws {
        var generator = SeededGenerator(seed: 9)
        for round in 0..<40 {
            var plain = try linkedNode()
            var decoding = try linkedNode()
            var messages: [[UInt8]] = []
            for step in 0..<120 {
                let bytes = try message(step: step, earlier: messages, &generator)
                messages.append(bytes)
                let time = MeshTime.seconds(1 + Double(step) / 10)
                let left = plain.node.receive(bytes, on: plain.link, at: time)
                let right = decoding.node.receive(spaced(bytes), on: decoding.link, at: time)
                try #require(
                    essence(left) == essence(right),
                    "round \(round): \(String(decoding: bytes, as: UTF8.self))"
                )
                try #require(plain.node.topology.connectionCosts == decoding.node.topology.connectionCosts)
            }
        }
    }

    /// A node `foo` with a link to `bar`.
    private func linkedNode() throws -> (node: NodeState, link: LinkID) {
        let settings = NodeSettings(nodeID: "foo", epoch: 5)
        var node = NodeState(settings, at: .seconds(0), generator: SeededGenerator(seed: 1))
        let link = node.openLink(at: .seconds(0)).link
        _ = node.receive(message(.of("bar", [:], sequence: 1)), on: link, at: .seconds(0))
        _ = node.receive(message(.of("bar", ["foo": 1], sequence: 2)), on: link, at: .seconds(0))
        _ = node.tick(at: .seconds(0.5))
        return (node, link)
    }

    private func message(step: Int, earlier: [[UInt8]], _ generator: inout SeededGenerator) throws -> [UInt8] {
        var bytes = earlier.randomElement(using: &generator) ?? []
        if bytes.isEmpty || Int.random(in: 0..<3, using: &generator) > 0 {
            let names: [NodeID] = ["foo", "bar", "baz", "qux", "a}", "é"]
            let node = try #require(names.randomElement(using: &generator))
            var connections: [NodeID: Double] = node == "bar" ? ["foo": 1] : ["baz": 1]
            if Int.random(in: 0..<4, using: &generator) == 0 { connections["qux"] = 2 }
            if Int.random(in: 0..<4, using: &generator) == 0 { connections["a}"] = 0.5 }
            bytes = message(
                .of(
                    node,
                    connections,
                    epoch: Int.random(in: 0..<20, using: &generator) == 0 ? 2 : 1,
                    sequence: UInt64(step + Int.random(in: 0...3, using: &generator)),
                    via: "bar",
                    suspecting: Int.random(in: 0..<20, using: &generator) == 0 ? 1 : 0
                )
            )
        }
        if Int.random(in: 0..<6, using: &generator) == 0 {
            bytes[Int.random(in: 2..<bytes.count, using: &generator)] = UInt8.random(in: 0x20..<0x7f, using: &generator)
        }
        return bytes
    }

    /// What others see of the effects: the log apart, and messages by what they say.
    private func essence(_ effects: [MeshEffect]) -> [MeshEffect] {
        effects.compactMap { effect in
            switch effect {
            case .log: nil
            case .send(let bytes, let link):
                .send((try? MeshMessage(decoding: bytes))?.encoded ?? bytes, over: link)
            default: effect
            }
        }
    }

    @Test func `are passed on in this node's name, the rest as it came`() throws {
        var (node, link) = try linkedNode()
        let other = node.openLink(at: .seconds(1)).link
        _ = node.receive(message(.of("peer", [:], sequence: 1)), on: other, at: .seconds(1))
        _ = node.receive(message(.of("baz", ["bar": 1], sequence: 1, via: "bar")), on: link, at: .seconds(1))
        let next = RouteUpdate.of("baz", ["bar": 1], sequence: 2, via: "bar")
        var passedOn = next
        passedOn.forwardingNode = "foo"
        #expect(node.receive(message(next), on: link, at: .seconds(2)) == [.send(message(passedOn), over: other)])
        #expect(node.receive(message(next), on: link, at: .seconds(2)) == [])
    }
}
