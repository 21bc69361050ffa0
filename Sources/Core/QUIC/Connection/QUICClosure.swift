/// How a connection ended.
public struct QUICClosure: Sendable, Hashable, CustomStringConvertible {
    /// What ended it.
    public enum Origin: Sendable, Hashable {
        /// A call to close the connection on this side.
        case local
        /// The application on the other side, with a code of its own.
        case peerApplication
        /// The QUIC implementation or the TLS library on the other side.
        case peerTransport
        /// A failure on this side: the peer's certificate, its packets, or silence.
        case failure
    }

    /// The code with which nodes of the mesh close a connection that did what it was for.
    public static let normalCode: UInt64 = 0
    /// The reason that goes with ``normalCode``.
    public static let normalReason = "normal close"

    /// What ended it.
    public var origin: Origin
    /// The application's code for ``Origin/local`` and ``Origin/peerApplication``, else QUIC's (RFC 9000 §20.1);
    /// `0` after silence.
    public var code: UInt64
    /// What was said about it; often empty from a peer.
    public var reason: String
    /// What to report; `nil` after a close with ``normalCode`` by either application.
    public var error: QUICError?

    /// An end of that kind.
    public init(origin: Origin, code: UInt64, reason: String, error: QUICError? = nil) {
        self.origin = origin
        self.code = code
        self.reason = reason
        self.error = error
    }

    /// One line: the error, or else the reason.
    public var description: String { error?.message ?? reason }
}
