import CQUIC

/// The certificate authorities that peers' certificates must come from.
public struct QUICAuthorities: Sendable, Hashable {
    /// The authorities' certificates.
    let pem: String

    /// Reads authorities.
    ///
    /// - Throws: ``QUICError/Code/invalidCredentials`` when there is no certificate or one cannot be read.
    public init(pem: String) throws(QUICError) {
        let error = cq_check_authorities(pem)
        guard error == 0 else {
            let reason = String(cString: cq_tls_error_text(error))
            throw QUICError(.invalidCredentials, "the certificate authorities cannot be read: \(reason)")
        }
        self.pem = pem
    }
}
