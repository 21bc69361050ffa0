import Foundation
import TestSupport
import Testing

/// Neighbours that do what no node would.
@Suite("Hostile neighbours", .waiting)
struct HostileLinkTests {
    private static let seconds: Double = CrashTests.isFull ? 30 : 1.5
    private static let work = """
        - worktype: cat
          command: cat
        """

    enum Attack: String, CaseIterable, Sendable {
        case randomBytes, oddFrames, wrongMessages, changedMessages, neverReads, identities, routeFlood, connections
    }

    @Test("The node stays up and small, and its other links work meanwhile", arguments: Attack.allCases)
    func attack(attack: Attack) throws {
        try Mesh.with([.init("node1", work: Self.work), .init("worker", dials: ["node1"], work: Self.work)]) { mesh in
            let node = try mesh["node1"]
            let port = try mesh.port(of: "node1")
            let daemon = try #require(node.daemon)
            try check(mesh)
            let before = Resources(of: daemon.pid)
            let ended = Signal()
            let problem = Locked<String?>(nil)
            let done = Locked(0)
            Thread.detachNewThread {
                let end = ContinuousClock.now + .seconds(Self.seconds)
                do {
                    repeat {
                        try Self.strike(attack, port, round: done.value)
                        done.update { $0 += 1 }
                    } while ContinuousClock.now < end
                } catch { problem.update { $0 = "\(error)" } }
                ended.send()
            }
            var rounds = 0
            repeat {
                try check(mesh)
                rounds += 1
            } while !ended.wait(since: 0, 0.05) && rounds < 10_000
            #expect(problem.value == nil)
            #expect(done.value > 0)
            try check(mesh)
            #expect(daemon.wait(0) == nil)
            #expect(try settles { try mesh.client("worker").meshStatus().neighbours == ["node1": 1] })
            let after = Resources(of: daemon.pid)
            print("\(attack): \(done.value) times, \(rounds) checks meanwhile; \(before), then \(after)")
            #expect(after.residentBytes - before.residentBytes < Int(slowness) * 48 << 20, "\(before) \(after)")
            #expect(settles(30) { Resources(of: daemon.pid).descriptors <= before.descriptors + 4 })
            #expect(node.log.utf8.count < 1 << 20)
        }
    }

    /// The mesh works: a ping and a unit.
    private func check(_ mesh: Mesh) throws {
        let worker = try mesh.client("worker")
        let ping = try worker.ping("node1")
        #expect(ping.Success, "\(ping)")
        let unit = try worker.submit("cat", to: "node1", payload: Array("meanwhile".utf8)).unit
        #expect(try worker.resultsText(unit) == "meanwhile")
        let answer = try worker.release(unit)
        // Under a sanitizer the other node may take longer than a client is kept waiting.
        let isPending = slowness > 1 && answer.contains("release pending")
        #expect(isPending || answer == "{\"released\":\"\(unit)\"}\n", "\(answer)")
    }

    private static func strike(_ attack: Attack, _ port: UInt16, round: Int) throws {
        var generator = SeededGenerator(seed: UInt64(round))
        switch attack {
        case .randomBytes:
            let peer = try RawPeer("baz", port: port)
            let bytes = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // The node may end it at any moment.
            try? peer.send(raw: bytes)
        case .oddFrames: try oddFrames(port, round)
        case .wrongMessages: try wrongMessages(port)
        case .changedMessages: try changedMessages(port, &generator)
        case .neverReads: try neverReads(port)
        case .identities: try identities(port)
        case .routeFlood: try routeFlood(port, round)
        case .connections:
            let peers = try (0..<100).map { _ in try RawPeer("baz", port: port) }
            for peer in peers.prefix(50) { try peer.send(raw: [0xff]) }
            for peer in peers { peer.close() }
        }
    }

    /// Frames of no bytes, of as many as there can be, and one that does not end.
    private static func oddFrames(_ port: UInt16, _ round: Int) throws {
        let peer = try RawPeer("baz", port: port)
        switch round % 3 {
        case 0: try? peer.send(raw: [UInt8](repeating: 0, count: 200_000))
        case 1:
            try peer.greet("node1")
            let frame = [0xff, 0xff] + [UInt8](repeating: 2, count: 65_535)
            for _ in 0..<20 { try? peer.send(raw: frame) }
        default: try? peer.send(raw: [0xff, 0xff, 1])
        }
    }

    /// Each kind of message as it must not be, on a link of its own.
    private static func wrongMessages(_ port: UInt16) throws {
        let own = #""NodeID":"baz","UpdateID":"x","UpdateEpoch":1,"UpdateSequence":1,"ForwardingNode":"baz""#
        let (baz, node1) = (RawPeer.hashes["baz"] ?? 0, RawPeer.hashes["node1"] ?? 0)
        let texts: [(UInt8, String)] = [
            (1, ""), (1, "{"), (1, "[]"), (1, "null"), (1, #"{"NodeID":7}"#), (1, "{\(own),\"Connections\":[1]}"),
            (1, "{\(own),\"Connections\":{\"node1\":\"1\"}}"), (1, "{\(own),\"Connections\":{\"node1\":-1}}"),
            (1, "{\(own),\"Connections\":{\"node1\":1e999}}"),
            (1, "{\(own),\"Connections\":{\"node1\":1},\"UpdateEpoch\":-5}"),
            (1, #"{"NodeID":"","UpdateID":"y","Connections":{},"ForwardingNode":"baz"}"#),
            (1, String(repeating: "[", count: 60_000)),
            (1, "{\(own),\"Connections\":{\"\(String(repeating: "x", count: 60_000))\":1}}"),
            (2, ""), (2, "{}"), (2, #"{"NodeID":"baz","Service":"a name that is far too long","Time":"yesterday"}"#),
            (2, #"{"NodeID":"baz","Service":"x","Time":"2026-11-23T10:00:00Z","ConnType":99,"Tags":[]}"#),
            (2, #"{"NodeID":"baz","Service":"x","Time":"9999-99-99T99:99:99Z","ConnType":1,"Tags":null}"#),
            (3, "{"), (3, #"{"a":1}"#), (4, "{}"), (255, ""), (UInt8(ascii: "{"), "}"),
        ]
        var messages = texts.map { [$0.0] + Array($0.1.utf8) }
        messages += [[], [0], [0, 30], [UInt8](repeating: 0, count: 35), [1, 0xff, 0xfe]]
        messages.append(RawPeer.datagram(from: 1, to: 2, service: "ping"))
        messages.append(
            RawPeer.datagram(from: baz, to: node1, service: "control", payload: [UInt8](repeating: 7, count: 60_000))
        )
        messages.append(RawPeer.datagram(from: node1, to: node1, service: "control", payload: Array("spoofed".utf8)))
        messages.append(RawPeer.datagram(from: baz, to: node1, service: "unreach", payload: Array("{".utf8)))
        messages.append(RawPeer.datagram(from: baz, to: node1, service: "nosuch", hops: 0))
        for message in messages {
            let peer = try RawPeer("baz", port: port)
            try peer.greet("node1")
            try? peer.send(message)
            peer.close()
        }
        // The same in a row, on one link, as far as the node listens.
        let peer = try RawPeer("baz", port: port)
        try peer.greet("node1")
        for message in messages { try? peer.send(message) }
    }

    /// What Receptor nodes said to each other once, with single bytes changed.
    private static func changedMessages(_ port: UInt16, _ generator: inout SeededGenerator) throws {
        struct Recorded: Decodable {
            struct Message: Decodable { var hex: String }
            var messages: [Message]
        }
        let path = "\(Binaries.repository)/Tests/NetceptorTests/Fixtures/mesh-messages.json"
        let recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(filePath: path)))
        let peer = try RawPeer("baz", port: port)
        try peer.greet("node1")
        for message in recorded.messages.shuffled(using: &generator) {
            var bytes = stride(from: 0, to: message.hex.count, by: 2).compactMap { start -> UInt8? in
                let index = message.hex.index(message.hex.startIndex, offsetBy: start)
                return UInt8(message.hex[index..<message.hex.index(index, offsetBy: 2)], radix: 16)
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            try? peer.send(bytes)
        }
    }

    /// Has the node send to a neighbour that takes nothing: more than any socket holds.
    private static func neverReads(_ port: UInt16) throws {
        let peer = try RawPeer("baz", port: port)
        try peer.greet("node1")
        let (baz, node1) = (RawPeer.hashes["baz"] ?? 0, RawPeer.hashes["node1"] ?? 0)
        let datagram = RawPeer.frame(RawPeer.datagram(from: baz, to: node1, service: "nosuch"))
        let many = [UInt8]((0..<2000).map { _ in datagram }.joined())
        for _ in 0..<25 {
            do { try peer.send(raw: many) } catch { break }
        }
    }

    /// Says that it is the node itself, or the neighbour that is there already, or another one every time.
    private static func identities(_ port: UInt16) throws {
        for name in ["node1", "worker"] {
            let peer = try RawPeer(name, port: port)
            try peer.send(peer.update(connections: ""))
            guard try peer.isEnded() else { throw Unexpected("a second \(name) has a link") }
        }
        let peer = try RawPeer("baz", port: port)
        try peer.greet("node1")
        let other = try RawPeer("qux", port: port)
        try peer.send(other.update(connections: "\"node1\":1"))
        guard try peer.isEnded() else { throw Unexpected("a neighbour may change its name") }
    }

    /// Tells of ever new nodes that have many connections.
    private static func routeFlood(_ port: UInt16, _ round: Int) throws {
        let peer = try RawPeer("baz", port: port, seconds: 5)
        try peer.greet("node1")
        for number in 0..<2000 {
            let connections = (0..<10).map { "\"n\(round)x\((number * 7 + $0 * 131) % 2000)\":1" } + ["\"baz\":1"]
            let update = peer.update(
                of: "n\(round)x\(number)",
                connections: connections.joined(separator: ","),
                id: "f\(round)x\(number)"
            )
            do { try peer.send(update) } catch { break }
        }
    }
}
