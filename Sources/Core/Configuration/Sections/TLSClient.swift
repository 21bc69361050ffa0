public import Workceptor

extension Configuration {
    /// A TLS profile for connections that go out (`tls-clients`).
    public struct TLSClient: Sendable, Equatable {
        /// The name that other sections know the profile by.
        public var name: String
        /// The path of the certificate to show to servers.
        public var certificate: String?
        /// The path of the certificate's private key; there is one if there is a certificate.
        public var key: String?
        /// The path of the certificates of the authorities that vouch for servers; `nil` means the system's.
        public var rootCAs: String?
        /// Whether any certificate is accepted.
        public var insecureSkipVerify: Bool
        /// The fingerprints of the only server certificates that are accepted; empty means any.
        public var pinnedServerCertificates: [[UInt8]]
        /// Whether node IDs in certificates are not compared with the node at the other end.
        public var skipReceptorNamesCheck: Bool
        /// Whether TLS 1.3 is the oldest version that is spoken; otherwise TLS 1.2.
        public var minTLS13: Bool
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.TLSClient {
    init(_ map: inout MapReader) {
        name = map.required("name", .name)
        Self.checkPair(map)
        certificate = map.optional("cert", .readableFile)
        key = map.optional("key", .readableFile)
        rootCAs = map.optional("rootcas", .readableFile)
        insecureSkipVerify = map.value("insecureskipverify", .flag, default: false)
        pinnedServerCertificates = map.pins("pinnedservercert")
        skipReceptorNamesCheck = map.value("skipreceptornamescheck", .flag, default: false)
        minTLS13 = map.value("mintls13", .flag, default: false)
        position = map.position
        map.finish()
    }

    /// A certificate is of no use without its key, nor the other way round.
    private static func checkPair(_ map: MapReader) {
        let hasCertificate = map.isGiven("cert")
        guard hasCertificate != map.isGiven("key") else { return }
        let missing = hasCertificate ? "key" : "cert"
        map.diagnostics.report(
            ConfigurationProblem(
                "missing key '\(missing)' in \(map.section)",
                at: map.position,
                hint: "cert and key go together"
            )
        )
    }
}
