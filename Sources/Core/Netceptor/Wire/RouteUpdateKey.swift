internal import JSON

/// Where the parts of a route update lie in its bytes, for those that are written as Receptor and this program write
/// them (mesh-protocol §3.2). Nearly all updates only say again what is known: those need not be decoded.
///
/// Anything unusual has no key. A key says nothing about the connections but where they begin and end.
struct RouteUpdateKey {
    let nodeID: Range<Int>
    let updateID: Range<Int>
    let epoch: UInt64
    let sequence: UInt64
    let connections: Range<Int>

    private static let beforeNodeID = [MessageType.routeUpdate.rawValue] + Array("{\"NodeID\":\"".utf8)
    private static let beforeUpdateID = Array("\",\"UpdateID\":\"".utf8)
    private static let beforeEpoch = Array("\",\"UpdateEpoch\":".utf8)
    private static let beforeSequence = Array(",\"UpdateSequence\":".utf8)
    private static let beforeConnections = Array(",\"Connections\":".utf8)

    /// What follows the connections when that node passes an update on which suspects no duplicate.
    static func ending(forwardedBy node: NodeID) -> [UInt8] {
        var bytes = Array(",\"ForwardingNode\":".utf8)
        JSONValue.string(node.name).write(to: &bytes)
        bytes += Array(",\"SuspectedDuplicate\":0}".utf8)
        return bytes
    }

    /// The key of an update with the ending of the neighbour that it came from; `nil` for anything unusual.
    init?(_ message: [UInt8], ending: [UInt8]) {
        let end = message.count - ending.count
        guard end > Self.beforeNodeID.count, end < MeshLimits.message else { return nil }
        var reader = Reader(bytes: message, end: end)
        guard reader.take(Self.beforeNodeID), let nodeID = reader.text(), reader.take(Self.beforeUpdateID),
            let updateID = reader.text(), updateID.count <= MeshLimits.updateID, reader.take(Self.beforeEpoch),
            let epoch = reader.number(), reader.take(Self.beforeSequence), let sequence = reader.number(),
            reader.take(Self.beforeConnections), reader.offset + 2 <= end, message[reader.offset] == UInt8(ascii: "{"),
            message[end - 1] == UInt8(ascii: "}")
        else { return nil }
        let connections = reader.offset..<end
        reader.offset = end
        reader.end = message.count
        guard reader.take(ending) else { return nil }
        self.nodeID = nodeID
        self.updateID = updateID
        self.epoch = epoch
        self.sequence = sequence
        self.connections = connections
    }

    /// The whole update that a neighbour passed on, if its connections are usual too: plain names and whole numbers.
    ///
    /// - Parameter known: the node with a name, if it is known: that of most is.
    func update(
        in message: [UInt8],
        forwardedBy neighbour: NodeID,
        known: (ArraySlice<UInt8>) -> NodeID?
    ) -> RouteUpdate? {
        func node(_ name: Range<Int>) -> NodeID? {
            if let node = known(message[name]) { return node }
            return try? NodeID(String(decoding: message[name], as: UTF8.self))
        }
        var reader = Reader(bytes: message, end: connections.upperBound, offset: connections.lowerBound + 1)
        var costs: [NodeID: Double] = [:]
        while reader.offset < connections.upperBound - 1 {
            guard costs.isEmpty || reader.take(Self.comma), reader.take(Self.quote), let name = reader.text(),
                reader.take(Self.afterName), let cost = reader.number(), cost > 0, cost < Self.inexactCost,
                let node = node(name)
            else { return nil }
            costs[node] = Double(cost)
        }
        guard let node = node(nodeID) else { return nil }
        return RouteUpdate(
            nodeID: node,
            updateID: String(decoding: message[updateID], as: UTF8.self),
            epoch: epoch,
            sequence: sequence,
            connections: costs,
            forwardingNode: neighbour
        )
    }

    private static let comma = Array(",".utf8)
    private static let quote = Array("\"".utf8)
    private static let afterName = Array("\":".utf8)
    /// From there on not every whole number is a `Double`.
    private static let inexactCost: UInt64 = 1 << 53

    private struct Reader {
        let bytes: [UInt8]
        var end: Int
        var offset = 0

        mutating func take(_ expected: [UInt8]) -> Bool {
            guard end - offset >= expected.count else { return false }
            for index in expected.indices where bytes[offset + index] != expected[index] { return false }
            offset += expected.count
            return true
        }

        /// What is left of a text in ASCII without escapes, up to its quote.
        mutating func text() -> Range<Int>? {
            let start = offset
            while offset < end, bytes[offset] != UInt8(ascii: "\"") {
                guard (0x20..<0x7f).contains(bytes[offset]), bytes[offset] != UInt8(ascii: "\\") else { return nil }
                offset += 1
            }
            return start < offset && offset < end ? start..<offset : nil
        }

        /// A whole number of at most 18 digits: it cannot overflow.
        mutating func number() -> UInt64? {
            let start = offset
            var value: UInt64 = 0
            while offset < end, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit <= 9 {
                guard offset - start < 18 else { return nil }
                value = value * 10 + UInt64(digit)
                offset += 1
            }
            let isPlain = offset - start == 1 || (offset > start && bytes[start] != UInt8(ascii: "0"))
            return isPlain ? value : nil
        }
    }
}
