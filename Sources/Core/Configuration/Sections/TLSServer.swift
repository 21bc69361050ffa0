public import Workceptor

extension Configuration {
    /// A TLS profile for connections that come in (`tls-servers`).
    public struct TLSServer: Sendable, Equatable {
        /// The name that other sections know the profile by.
        public var name: String
        /// The path of the certificate.
        public var certificate: String
        /// The path of the certificate's private key.
        public var key: String
        /// The path of the certificates of the authorities that vouch for clients.
        public var clientCAs: String?
        /// Whether clients have to show a certificate.
        public var requireClientCertificate: Bool
        /// The fingerprints of the only client certificates that are accepted; empty means any.
        public var pinnedClientCertificates: [[UInt8]]
        /// Whether node IDs in certificates are not compared with the node at the other end.
        public var skipReceptorNamesCheck: Bool
        /// Whether TLS 1.3 is the oldest version that is spoken; otherwise TLS 1.2.
        public var minTLS13: Bool
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.TLSServer {
    init(_ map: inout MapReader) {
        name = map.required("name", .name)
        certificate = map.required("cert", .readableFile)
        key = map.required("key", .readableFile)
        clientCAs = map.optional("clientcas", .readableFile)
        requireClientCertificate = map.value("requireclientcert", .flag, default: false)
        pinnedClientCertificates = map.pins("pinnedclientcert")
        skipReceptorNamesCheck = map.value("skipreceptornamescheck", .flag, default: false)
        minTLS13 = map.value("mintls13", .flag, default: false)
        position = map.position
        map.finish()
    }
}
