import NamePatterns
import Netceptor
import TestSupport
import Testing
import TimeFormats

@Suite struct `Made-up bytes` {
    private static let words = [
        "{", "}", "[", "]", "\"", ":", ",", "null", "true", "1e400", "-1", "0", "9223372036854775808", "1e-320",
        "\\u0000",
        "\\ud800", "\"NodeID\":", "\"Connections\":{", "\"foo\":1", "\"ForwardingNode\":\"foo\"", "localhost", "\u{0}",
        "é",
        "\"UpdateEpoch\":", "\"SuspectedDuplicate\":1", "\"Time\":\"9999-12-31T23:59:59.999999999+23:59\"",
        "2026-11-23T",
    ]

    @Test func `are a message that is the same when written and read again, or an error`() throws {
        Fuzz.run("messages", seeds: try Fixture.messages(), words: Self.words) { input, _ in
            do throws(MeshError) {
                let message = try MeshMessage(decoding: input)
                guard try MeshMessage(decoding: message.encoded) == message else {
                    throw MeshError(.invalidOption, "other")
                }
                if case .data(let data) = message { _ = try? UnreachableMessage(decoding: data.payload) }
            } catch {
                guard error.code != .invalidOption else { throw Wrong("not the same when read again") }
                guard error.message.utf8.count < 1_000 else {
                    throw Wrong("a message of \(error.message.utf8.count) bytes")
                }
                guard !error.message.contains(where: \.isNewline) else { throw Wrong("more than a line") }
            }
        }
    }

    @Test func `are an unreachable message that is the same when written and read again, or an error`() throws {
        let seed = UnreachableMessage(
            fromNode: "foo",
            toNode: "bar",
            fromService: "a",
            toService: "b",
            problem: .messageExpired
        )
        Fuzz.run("unreachable", seeds: [seed.encoded], words: Self.words) { input, _ in
            guard let message = try? UnreachableMessage(decoding: input[...]) else { return }
            guard try UnreachableMessage(decoding: message.encoded[...]) == message else { throw Wrong("not the same") }
        }
    }

    @Test func `are a time that is the same in UTC, or an error`() {
        let seeds = ["2026-11-23T22:14:58.873010765Z", "2026-01-01T01:00:00+01:00"].map { Array($0.utf8) }
        Fuzz.run("times", seeds: seeds, words: Self.words + ["-", ":", "T", ".", "Z", "+"]) { input, _ in
            guard let time = Timestamp(String(decoding: input, as: UTF8.self)) else { return }
            guard time.seconds > -9_000_000_000, time.seconds < 9_000_000_000 else { return }
            let again = Timestamp(unixNanoseconds: time.seconds * 1_000_000_000 + Int64(time.nanoseconds))
            guard again.seconds == time.seconds, again.nanoseconds == time.nanoseconds else { throw Wrong("\(time)") }
            guard Timestamp(again.text) == again else { throw Wrong("\(again)") }
        }
    }

    @Test func `are a pattern that ends soon, or an error`() {
        let seeds = [#"(?i)a.*b|[^c-d]+\d{2,5}(?:x|y)?$"#, "(a*)*b", "[[:alpha:]]{3}"].map { Array($0.utf8) }
        let words = [
            "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "\\", "^", "$", ".", "{1000}", "(?i)", "[:digit:]", "-",
        ]
        Fuzz.run("patterns", seeds: seeds, words: words) { input, _ in
            guard let pattern = try? NamePattern(String(decoding: input, as: UTF8.self)) else { return }
            let start = ThreadTime.seconds
            for name in ["", "axxb", String(repeating: "a", count: 255)] { _ = pattern.matches(name) }
            let time = ThreadTime.seconds - start
            guard time < 5 else { throw Wrong("took \(time) s") }
        }
    }

    /// A peer that is connected sends whatever it likes to a node between two others.
    @Test func `from a peer do no harm to a node and its other links`() throws {
        let mesh = MeshSimulation(seed: 1)
        for (number, name) in (["a", "b", "c"] as [NodeID]).enumerated() { mesh.add(name, epoch: UInt64(number + 1)) }
        mesh.connect("a", "b")
        mesh.connect("b", "c")
        mesh.run(seconds: 2)
        var node = try #require(mesh.nodes["b"])
        let good = try #require(mesh.links(of: "b", to: "c"))
        var evil = node.openLink(at: mesh.now).link
        var time = mesh.now
        let messages = try Fixture.messages()
        Fuzz.run("node", seeds: messages, words: Self.words) { input, _ in
            time.instant = time.instant.advanced(by: .milliseconds(1))
            for effect in node.receive(input, on: evil, at: time) + node.tick(at: time) {
                switch effect {
                case .close(evil, _): evil = node.openLink(at: time).link
                case .close(good, let reason) where reason != .idle("c"):
                    throw Wrong("the good link was closed: \(reason)")
                case .shutDown: throw Wrong("the node shut down")
                case .send(let message, _): guard message.count <= MeshLimits.message else { throw Wrong("too long") }
                default: break
                }
            }
            guard node.topology.nodeCount <= MeshLimits.nodes,
                node.names.count <= MeshLimits.nodes + MeshLimits.heardNames + 9
            else { throw Wrong("memory grows") }
        }
    }
}
