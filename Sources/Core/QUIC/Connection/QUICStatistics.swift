/// What a connection measures.
public struct QUICStatistics: Sendable, Hashable {
    /// The smoothed round-trip time.
    public var roundTripTime: Duration
    /// How many bytes may be on their way at a time.
    public var congestionWindow: Int
    /// How many bytes are on their way.
    public var bytesInFlight: Int
}
