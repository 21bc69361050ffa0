/// How a service is spoken to (mesh-protocol §3.4).
public enum ConnectionType: UInt8, Sendable, Hashable, CaseIterable {
    /// With datagrams.
    case datagram = 0
    /// Over a stream whose TLS the mesh makes up itself.
    case stream = 1
    /// Over a stream with TLS that the operator configured.
    // allowed(unused): other nodes announce it, and it is read as its number
    case streamTLS = 2
}
