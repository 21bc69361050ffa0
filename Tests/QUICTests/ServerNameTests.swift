import CQUIC
import TestSupport
import Testing

@Suite struct `The server name of a handshake` {
    /// A ClientHello with a server name between two other extensions.
    private func hello(_ name: String) -> [UInt8] {
        let name = Array(name.utf8)
        func sized(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes }
        let serverName: [UInt8] = [0, 0] + sized(sized([0] + sized(name)))
        let extensions: [UInt8] = [0, 18, 0, 0] + serverName + [0, 57] + sized(Array("_transport_".utf8))
        return [3, 3] + [UInt8](repeating: 0x5f, count: 32) + [2, 0x5f, 0x5f] + sized([0x13, 0x01]) + [1, 0]
            + sized(extensions)
    }

    private func cleaned(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes.withUnsafeMutableBufferPointer { cq_clean_server_name($0.baseAddress, $0.count) }
        return bytes
    }

    @Test(arguments: [
        ("foo", "foo"), ("exec_node", "exec-node"), ("a:b c/d@e", "a-b-c-d-e"), ("käse", "k--se"),
        ("UPPER.and-9", "UPPER.and-9"),
    ])
    func `has only what DNS allows afterwards, and nothing else is touched`(name: String, expected: String) {
        #expect(cleaned(hello(name)) == hello(expected))
    }

    @Test func `is left alone in messages that are cut off or damaged`() {
        let whole = hello("exec_node")
        for length in 0..<whole.count {
            #expect(cleaned(Array(whole.prefix(length))).count == length)
        }
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            #expect(cleaned(bytes).count == whole.count)
        }
    }
}
