/// What is required of the certificate that a peer shows.
public struct QUICPeerVerification: Sendable, Hashable {
    /// What is required with a TLS configuration.
    public struct Trust: Sendable, Hashable {
        /// Where the certificate must come from.
        public var authorities: QUICAuthorities
        /// The node that it must be made for, by an `otherName` in its subjectAltName; `nil` for any.
        public var nodeID: String?
        /// The hashes of which its own must be one; any when empty.
        public var fingerprints: [QUICFingerprint]

        /// Requires all of these.
        public init(authorities: QUICAuthorities, nodeID: String?, fingerprints: [QUICFingerprint] = []) {
            self.authorities = authorities
            self.nodeID = nodeID
            self.fingerprints = fingerprints
        }
    }

    enum Requirement: Hashable {
        case nothing
        case insecureServer
        case trustedServer(Trust)
        case trustedClient(Trust, isRequired: Bool)
    }

    let requirement: Requirement

    /// For listeners: nothing is required, and dialers are not asked for a certificate.
    public static let none = QUICPeerVerification(requirement: .nothing)

    /// For dialers without TLS configuration: exactly a certificate with the common name
    /// ``QUICIdentity/insecureCommonName``.
    public static let insecureServer = QUICPeerVerification(requirement: .insecureServer)

    /// For dialers with TLS configuration: a certificate for TLS servers.
    public static func server(_ trust: Trust) -> QUICPeerVerification {
        QUICPeerVerification(requirement: .trustedServer(trust))
    }

    /// For listeners with TLS configuration: a certificate for TLS clients.
    ///
    /// - Parameter isRequired: whether dialers without any certificate are refused too.
    public static func client(_ trust: Trust, isRequired: Bool) -> QUICPeerVerification {
        QUICPeerVerification(requirement: .trustedClient(trust, isRequired: isRequired))
    }
}
