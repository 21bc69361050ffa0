/// The 36 bytes before the payload of a data message (mesh-protocol §3.1).
public struct DataHeader: Sendable, Hashable {
    /// How many bytes it takes.
    public static let size = 36
    /// Where the hops to live stand, the only byte that changes on the way.
    public static let hopsOffset = 1

    /// How many times the message may be forwarded yet.
    public var hopsToLive: UInt8
    /// The node that sent it.
    public var source: NodeHash
    /// The node that it is for.
    public var destination: NodeHash
    /// The service that sent it.
    public var sourceService: ServiceName
    /// The service that it is for.
    public var destinationService: ServiceName

    /// A header of these parts.
    public init(
        hopsToLive: UInt8,
        source: NodeHash,
        destination: NodeHash,
        sourceService: ServiceName,
        destinationService: ServiceName
    ) {
        self.hopsToLive = hopsToLive
        self.source = source
        self.destination = destination
        self.sourceService = sourceService
        self.destinationService = destinationService
    }

    /// Reads the header at the start of a message. Bytes 2 and 3 may be anything, as in Receptor.
    ///
    /// - Throws: ``MeshError/Code/malformedMessage``.
    public init(decoding message: RawSpan) throws(MeshError) {
        guard message.byteCount >= Self.size, message.byte(at: 0) == MessageType.data.rawValue else {
            throw .malformed("a data message has at least \(Self.size) bytes, this one has \(message.byteCount)")
        }
        hopsToLive = message.byte(at: Self.hopsOffset)
        source = NodeHash(rawValue: message.bigEndianWord(at: 4))
        destination = NodeHash(rawValue: message.bigEndianWord(at: 12))
        sourceService = ServiceName(rawValue: message.bigEndianWord(at: 20))
        destinationService = ServiceName(rawValue: message.bigEndianWord(at: 28))
    }

    /// Appends the header.
    public func write(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: [MessageType.data.rawValue, hopsToLive, 0, 0])
        for word in [source.rawValue, destination.rawValue, sourceService.rawValue, destinationService.rawValue] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
    }
}
