/// What stands for a node in the header of a data message: HighwayHash-64 with the zero key over the UTF-8 of the
/// node's ID (mesh-protocol §3.1).
public struct NodeHash: Sendable, Hashable, CustomStringConvertible {
    /// The hash as a number; on the wire it is big-endian.
    public let rawValue: UInt64

    /// A hash that came from the wire.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The hash of a name.
    public init(of name: String) { rawValue = HighwayHash.hash(name) }

    /// The hash of a name, given as bytes.
    init(of name: RawSpan) { rawValue = HighwayHash.hash(name) }

    /// 16 hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
