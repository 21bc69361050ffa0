import JSON
import Netceptor
import TestSupport
import Testing

@Suite struct `Node hashes` {
    @Test func `are those of Receptor, for every length of name`() throws {
        let vectors = try Fixture.json("node-hashes")["vectors"]?.array ?? []
        #expect(vectors.count > 10)
        for vector in vectors {
            let name = try #require(vector["name"]?.string)
            #expect("\(NodeHash(of: name))" == vector["hash"]?.string, "\(name)")
        }
    }
}

@Suite struct `Node IDs` {
    @Test(arguments: ["a", "node-1.example.com", "ünïcode", String(repeating: "x", count: 255), "local host"])
    func `may be any short text`(name: String) throws {
        #expect(try NodeID(name).name == name)
    }

    @Test(arguments: [
        "", String(repeating: "x", count: 256), "a\nb", "\u{7F}", "a\u{85}", "\u{2028}", "LocalHost", " ", " a", "a\t",
        "a\u{A0}", "\u{3000}",
    ])
    func `that would confuse someone are refused`(name: String) {
        #expect { try NodeID(name) } throws: { ($0 as? MeshError)?.code == .invalidNodeID }
    }

    @Test func `are the same only when their bytes are`() throws {
        #expect(NodeID("caf\u{E9}") != NodeID("cafe\u{301}"))
        #expect(NodeID("B") < NodeID("a") && NodeID("z") < NodeID("\u{E9}"))
    }
}

@Suite struct `Service names` {
    @Test func `are padded with zeros to eight bytes`() throws {
        #expect(ServiceName.ping.rawValue == 0x7069_6e67_0000_0000)
        #expect("\(ServiceName.ping)" == "ping" && "\(ServiceName("12345678"))" == "12345678")
        #expect("\(ServiceName(rawValue: 0))" == "")
        #expect("\(ServiceName(rawValue: 0x6100_6200_0000_0000))" == "a\u{0}b")
    }

    @Test(arguments: ["", "123456789", "a\u{0}", "ümläüt"])
    func `that do not fit or hide something are refused`(name: String) {
        #expect { try ServiceName(name) } throws: { ($0 as? MeshError)?.code == .invalidServiceName }
    }

    @Test func `for one conversation are eight random letters and digits`() {
        var generator = SeededGenerator(seed: 1)
        let names = (0..<100).map { _ in "\(ServiceName.ephemeral(using: &generator))" }
        #expect(Set(names).count == 100)
        #expect(names.allSatisfy { $0.count == 8 && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } })
    }
}
