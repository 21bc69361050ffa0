import CQUIC

/// What one side of connections shows to the other, ready for use by any number of connections.
///
/// `@unchecked Sendable`: the credentials are not changed after `init`, and GnuTLS allows any number of sessions on
/// any threads to use such credentials at a time.
public final class QUICCredentials: @unchecked Sendable {
    let handle: OpaquePointer

    /// Loads an identity.
    ///
    /// - Parameter identity: `nil` for dialers that show no certificate.
    /// - Throws: ``QUICError/Code/invalidCredentials`` when it cannot be read or its halves do not belong together.
    public init(_ identity: QUICIdentity?) throws(QUICError) {
        var error: CInt = 0
        guard let handle = cq_credentials_new(identity?.certificatePEM, identity?.privateKeyPEM, &error) else {
            let reason = String(cString: cq_tls_error_text(error))
            throw QUICError(.invalidCredentials, "the certificate and its key cannot be used: \(reason)")
        }
        self.handle = handle
    }

    deinit { cq_credentials_free(handle) }

    /// What a dialer without TLS configuration shows: nothing.
    ///
    /// - Throws: ``QUICError/Code/invalidCredentials`` when there is no memory.
    public static func insecureDialer() throws(QUICError) -> QUICCredentials { try QUICCredentials(nil) }
}
