/// The name of a service on a node: at most 8 bytes (mesh-protocol §3.1).
///
/// What comes from the wire may be any bytes and may be empty; a name that is made from text is checked.
public struct ServiceName: Sendable, Hashable {
    /// The bytes as on the wire, the first one uppermost, padded with zeros.
    public let rawValue: UInt64

    /// A name that came from the wire.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Checks a name: not empty, at most 8 bytes, no control characters.
    ///
    /// - Throws: ``MeshError/Code/invalidServiceName``.
    public init(_ name: String) throws(MeshError) {
        guard !name.isEmpty, name.utf8.count <= MeshLimits.serviceName else {
            throw MeshError(
                .invalidServiceName,
                "a service name has 1 to \(MeshLimits.serviceName) bytes, this one has \(name.utf8.count)"
            )
        }
        guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw MeshError(.invalidServiceName, "a service name must not contain control characters")
        }
        self.init(bytes: name.utf8)
    }

    private init(bytes: some Sequence<UInt8>) {
        var value: UInt64 = 0
        var shift: UInt64 = 64
        for byte in bytes.prefix(MeshLimits.serviceName) {
            shift -= 8
            value |= UInt64(byte) << shift
        }
        rawValue = value
    }

    /// A name for a service that exists for one conversation: 8 random characters of `[A-Za-z0-9]`.
    public static func ephemeral(using generator: inout some RandomNumberGenerator) -> ServiceName {
        ServiceName(bytes: RandomText.alphanumeric(count: MeshLimits.serviceName, using: &generator).utf8)
    }

    /// Answers with an empty message.
    public static let ping = ServiceName(bytes: "ping".utf8)
    /// Takes in what could not be delivered.
    public static let unreach = ServiceName(bytes: "unreach".utf8)

    /// Whether the node itself owns the service.
    public var isReserved: Bool { self == .ping || self == .unreach }
}

extension ServiceName: Comparable, CustomStringConvertible {
    /// The order of the bytes.
    public static func < (left: ServiceName, right: ServiceName) -> Bool { left.rawValue < right.rawValue }

    /// The name without its padding; bytes that are not UTF-8 become U+FFFD.
    public var description: String {
        let length = MeshLimits.serviceName - rawValue.trailingZeroBitCount / 8
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(56 - 8 * $0)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
