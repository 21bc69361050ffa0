/// A datagram for a service of this node.
public struct Datagram: Sendable, Hashable {
    /// Where it comes from and goes to.
    public var envelope: Envelope
    /// What it carries.
    public var payload: ArraySlice<UInt8>

    /// A datagram of these parts.
    public init(envelope: Envelope, payload: ArraySlice<UInt8>) {
        self.envelope = envelope
        self.payload = payload
    }
}
