/// The number of a stream in its connection (RFC 9000 §2.1).
public struct QUICStreamID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number; the two lowest bits say who opened the stream and whether it goes both ways.
    public var rawValue: Int64

    /// The stream with that number.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// The number.
    public var description: String { String(rawValue) }
}
