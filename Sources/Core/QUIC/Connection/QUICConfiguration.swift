/// What a connection allows itself and its peer.
///
/// The defaults are those of the mesh (specification of the mesh protocol, §4) and of the QUIC library that Receptor
/// uses.
public struct QUICConfiguration: Sendable, Hashable {
    /// The largest datagram between two nodes of ours, in bytes: the mesh's largest message less the header of a data
    /// message.
    public static let largestMeshPayload = 16_384 - 36
    /// The largest datagram sent before the handshake is confirmed, in bytes.
    ///
    /// First packets are padded to the size of the datagram, and Receptor does not answer larger ones.
    public static let largestHandshakeDatagram = 1252
    /// The smallest value of ``maximumDatagramSize`` that QUIC allows, in bytes (RFC 9000 §14).
    public static let smallestDatagramLimit = 1200

    /// The application protocol that both sides must name (ALPN, RFC 7301).
    public var applicationProtocol = "netceptor"
    /// The largest datagram to send and to receive, in bytes.
    ///
    /// The peer is told; datagrams to it are as large as both sides allow: 1,452 bytes towards Receptor.
    public var maximumDatagramSize = QUICConfiguration.largestMeshPayload

    /// How long a connection attempt goes on without a packet from the peer. The whole handshake may take twice as
    /// long.
    public var handshakeIdleTimeout = Duration.seconds(15)
    /// How long a connection lasts without a packet from the peer; the smaller of both sides' values counts.
    public var idleTimeout = Duration.seconds(30)
    /// After how long without traffic a dialer sends a packet to keep the connection; `nil` for never. Listeners
    /// leave that to dialers.
    public var keepAliveInterval: Duration? = Duration.seconds(15)

    /// How many bytes of a stream the peer may send ahead of the reader, at first.
    public var streamWindow = 128 << 10
    /// What the window of a stream may grow to, in bytes, when the reader keeps up and the round trip is long.
    public var maximumStreamWindow = 6 << 20
    /// How many bytes of all streams together the peer may send ahead of the readers, at first.
    public var connectionWindow = 192 << 10
    /// What the window of the connection may grow to, in bytes: the most that a peer can make this side hold.
    public var maximumConnectionWindow = 15 << 20
    /// How many streams the peer may have open at a time.
    public var maximumStreams = 100
    /// How many bytes written to a stream are kept until the peer has acknowledged them; more are not accepted.
    public var sendQueueLimit = 4 << 20
    /// The same, where a ``QUICSendBudget`` is used up.
    public var smallestSendQueueLimit = 32 << 10

    /// The defaults.
    public init() {}
}
