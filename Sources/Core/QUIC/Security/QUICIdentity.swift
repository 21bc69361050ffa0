import CQUIC
internal import TimeFormats

/// A certificate and its private key.
public struct QUICIdentity: Sendable {
    /// The common name of the certificate that a listener without TLS configuration shows.
    public static let insecureCommonName = "netceptor-insecure-common-name"

    /// The certificate, and behind it those between it and an authority, as PEM.
    public var certificatePEM: String
    /// The private key, as PEM.
    public var privateKeyPEM: String

    /// Takes both as they are; they are read when credentials are made of them.
    public init(certificatePEM: String, privateKeyPEM: String) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// Makes an ECDSA P-256 key and a certificate that it signs itself.
    ///
    /// Nothing is proven by such a certificate. Its clock is allowed to be a minute ahead of the peer's.
    ///
    /// - Parameters:
    ///   - commonName: the subject, at most 64 bytes.
    ///   - validity: how long from now the certificate is valid.
    /// - Throws: ``QUICError/Code/systemFailure`` when the key cannot be made.
    public static func selfSigned(
        commonName: String = QUICIdentity.insecureCommonName,
        validity: Duration = .seconds(24 * 60 * 60)
    ) throws(QUICError) -> QUICIdentity {
        var certificate = cq_text()
        var key = cq_text()
        defer {
            cq_text_free(&certificate)
            cq_text_free(&key)
        }
        let error = cq_self_signed(commonName, 60, validity.wholeSeconds, &certificate, &key)
        guard error == 0, let certificateText = certificate.bytes, let keyText = key.bytes else {
            throw QUICError(.systemFailure, "cannot make a certificate: \(String(cString: cq_tls_error_text(error)))")
        }
        return QUICIdentity(
            certificatePEM: String(cString: certificateText),
            privateKeyPEM: String(cString: keyText)
        )
    }
}
