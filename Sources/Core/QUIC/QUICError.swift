/// Why a connection could not be made or did not last, or why an operation on it was refused.
public struct QUICError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is. New kinds may be added: always have a default case.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalidCredentials, insecureConnectionToSecureService, certificateRefused, handshakeFailed
            case handshakeTimedOut, idleTimedOut, closedByPeer, protocolViolation, connectionClosed
            case streamLimitReached, unknownStream, streamNotWritable, systemFailure
        }

        private let kind: Kind

        /// A certificate, key or list of authorities cannot be used.
        public static let invalidCredentials = Code(kind: .invalidCredentials)
        /// The service has a real certificate, and the dialer has no TLS configuration to check it with.
        public static let insecureConnectionToSecureService = Code(kind: .insecureConnectionToSecureService)
        /// The peer's certificate is not one that is accepted here.
        public static let certificateRefused = Code(kind: .certificateRefused)
        /// The TLS handshake failed, on either side.
        public static let handshakeFailed = Code(kind: .handshakeFailed)
        /// The peer did not answer in time while the connection was being made.
        public static let handshakeTimedOut = Code(kind: .handshakeTimedOut)
        /// Nothing has come from the peer for too long.
        public static let idleTimedOut = Code(kind: .idleTimedOut)
        /// The peer closed the connection; the ``QUICClosure`` has its code and reason.
        public static let closedByPeer = Code(kind: .closedByPeer)
        /// The peer violated QUIC.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The connection is closed, so the operation is not possible.
        public static let connectionClosed = Code(kind: .connectionClosed)
        /// The peer allows no more streams at present, or the handshake is not completed.
        public static let streamLimitReached = Code(kind: .streamLimitReached)
        /// The connection has no such stream, or no longer.
        public static let unknownStream = Code(kind: .unknownStream)
        /// The stream's sending side was finished or reset, or the peer does not want more of it.
        public static let streamNotWritable = Code(kind: .streamNotWritable)
        /// There is no memory, or no randomness.
        public static let systemFailure = Code(kind: .systemFailure)

        /// The kind's name.
        public var description: String { kind.rawValue }
    }

    /// What kind of failure it is.
    public var code: Code
    /// One line for an operator.
    public var message: String

    /// The message.
    public var description: String { message }

    /// An error of that kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
