internal import JSON

/// Any message between two neighbours (mesh-protocol §3).
public enum MeshMessage: Sendable, Hashable {
    /// A datagram on its way.
    case data(DataMessage)
    /// What a node is connected to.
    case routeUpdate(RouteUpdate)
    /// What a node offers.
    case serviceAdvertisement(ServiceAdvertisement)
    /// The neighbour wants no link with this node.
    case reject

    /// Reads a message.
    ///
    /// - Throws: ``MeshError``; no input does more harm than that.
    public init(decoding message: [UInt8]) throws(MeshError) {
        guard let first = message.first else { throw MeshError(.emptyMessage, "the message has no bytes") }
        guard message.count <= MeshLimits.message else {
            throw MeshError(
                .messageTooLong,
                "a message has at most \(MeshLimits.message) bytes, this one has \(message.count)"
            )
        }
        switch MessageType(rawValue: first) {
        case .data:
            let header = try DataHeader(decoding: message.span.bytes)
            self = .data(DataMessage(header: header, payload: message[DataHeader.size...]))
        case .routeUpdate:
            self = .routeUpdate(try RouteUpdate(JSONFields(parsing: message.dropFirst(), of: "route update")))
        case .serviceAdvertisement:
            self = .serviceAdvertisement(
                try ServiceAdvertisement(JSONFields(parsing: message.dropFirst(), of: "service advertisement"))
            )
        case .reject:
            // What it says does not matter: the neighbour has closed the door.
            self = .reject
        case nil:
            throw MeshError(.unknownMessageType, "no message has the type \(first)")
        }
    }

    /// The message as bytes, the same that Receptor writes.
    public var encoded: [UInt8] {
        switch self {
        case .data(let message):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(DataHeader.size + message.payload.count)
            message.header.write(to: &bytes)
            bytes.append(contentsOf: message.payload)
            return bytes
        case .routeUpdate(let update):
            var bytes = [MessageType.routeUpdate.rawValue]
            update.write(to: &bytes)
            return bytes
        case .serviceAdvertisement(let advertisement):
            return Self.encode(.serviceAdvertisement, .object(advertisement.json))
        case .reject: return Self.encode(.reject, [])
        }
    }

    private static func encode(_ type: MessageType, _ document: JSONValue) -> [UInt8] {
        var bytes = [type.rawValue]
        document.write(to: &bytes)
        return bytes
    }
}
