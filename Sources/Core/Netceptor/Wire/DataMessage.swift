/// A data message: a header and up to 65,499 bytes that only its ends look at (mesh-protocol §3.1).
public struct DataMessage: Sendable, Hashable {
    /// Where it comes from and goes to.
    public var header: DataHeader
    /// What it carries.
    public var payload: ArraySlice<UInt8>

    /// A message of these parts.
    public init(header: DataHeader, payload: ArraySlice<UInt8>) {
        self.header = header
        self.payload = payload
    }
}
