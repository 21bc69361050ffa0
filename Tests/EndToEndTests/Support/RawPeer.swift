import Foundation

/// A neighbour that is no node: speaks to a listener for links as it likes (mesh-protocol §2, §3).
final class RawPeer {
    /// The hashes of node IDs that tests claim, from Netceptor's fixtures.
    static let hashes: [String: UInt64] = [
        "baz": 0x5221_986a_562a_9688, "node1": 0x6105_2d2b_582e_b15e,
    ]

    let name: String
    private let connection: ControlConnection
    private let epoch = UInt64(time(nil)) << 24
    private var sequence = 0

    init(_ name: String, port: UInt16, seconds: Double = patience) throws {
        self.name = name
        connection = try ControlConnection(tcp: port, seconds: seconds)
    }

    /// A message with its length in front.
    static func frame(_ message: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: message.count), UInt8(truncatingIfNeeded: message.count >> 8)] + message
    }

    func send(raw bytes: [UInt8]) throws { try connection.send(bytes) }

    func send(_ message: [UInt8]) throws { try connection.send(Self.frame(message)) }

    func send(type: UInt8, _ json: String) throws { try send([type] + Array(json.utf8)) }

    func close() { connection.close() }

    /// Reads the next message; `nil` when the other side has ended.
    func receive() throws -> [UInt8]? {
        let length = try connection.bytes(2)
        guard length.count == 2 else { return nil }
        let count = Int(length[0]) | Int(length[1]) << 8
        let message = try connection.bytes(count)
        return message.count == count ? message : nil
    }

    /// Whether the other side ends the session, after it said what it had to say.
    func isEnded() throws -> Bool {
        while try receive() != nil {}
        return true
    }

    /// A route update of this peer, or of a node that it makes up.
    func update(of node: String? = nil, connections: String, id: String? = nil) -> [UInt8] {
        sequence += 1
        let id = id ?? "u\(sequence)"
        let json = """
            {"NodeID":"\(node ?? name)","UpdateID":"\(id)","UpdateEpoch":\(epoch),"UpdateSequence":\(sequence),\
            "Connections":{\(connections)},"ForwardingNode":"\(name)","SuspectedDuplicate":0}
            """
        return [1] + Array(json.utf8)
    }

    /// Does what a node does to get a link, and waits until it has one.
    func greet(_ node: String) throws {
        try send(update(connections: ""))
        try send(update(connections: "\"\(node)\":1"))
        while let message = try receive() {
            if message.first == 1, String(decoding: message, as: UTF8.self).contains("\"\(name)\":1") { return }
        }
        throw Unexpected("the link with \(node) was refused")
    }

    /// A datagram.
    static func datagram(from: UInt64, to: UInt64, service: String, hops: UInt8 = 30, payload: [UInt8] = []) -> [UInt8]
    {
        func padded(_ text: String) -> [UInt8] {
            Array(text.utf8) + [UInt8](repeating: 0, count: 8 - text.utf8.count)
        }
        func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        return [0, hops, 0, 0] + bytes(from) + bytes(to) + padded("abcdefgh") + padded(service) + payload
    }
}
