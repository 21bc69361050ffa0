public import Workceptor

extension Configuration {
    /// Signs a request for a certificate (`cert-signreqs`).
    public struct CertSignReq: Sendable, Equatable {
        /// The path of the request.
        public var request: String
        /// The path of the authority's certificate.
        public var caCertificate: String
        /// The path of the authority's private key.
        public var caKey: String
        /// When the certificate becomes valid, as it is written; `nil` means at once.
        public var notBefore: String?
        /// When the certificate expires, as it is written; `nil` means in a year.
        public var notAfter: String?
        /// The path to write the certificate to.
        public var outCertificate: String
        /// Whether the request is signed without asking.
        public var verify: Bool
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.CertSignReq {
    init(_ map: inout MapReader) {
        request = map.required("req", .path)
        caCertificate = map.required("cacert", .path)
        caKey = map.required("cakey", .path)
        notBefore = map.optional("notbefore", .text)
        notAfter = map.optional("notafter", .text)
        outCertificate = map.required("outcert", .path)
        verify = map.value("verify", .flag, default: false)
        position = map.position
        map.finish()
    }
}
