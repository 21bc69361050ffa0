public import Workceptor

extension Configuration {
    /// Makes a certificate authority (`cert-init`).
    public struct CertInit: Sendable, Equatable {
        /// The name that the certificate is for.
        public var commonName: String
        /// The length of the RSA key.
        public var bits: Int
        /// When the certificate becomes valid, as it is written; `nil` means at once.
        public var notBefore: String?
        /// When the certificate expires, as it is written; `nil` means in a year.
        public var notAfter: String?
        /// The path to write the certificate to.
        public var outCertificate: String
        /// The path to write the private key to.
        public var outKey: String
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.CertInit {
    init(_ map: inout MapReader) {
        commonName = map.required("commonname", .name)
        bits = map.value("bits", .integer(1024...16384), default: 2048)
        notBefore = map.optional("notbefore", .text)
        notAfter = map.optional("notafter", .text)
        outCertificate = map.required("outcert", .path)
        outKey = map.required("outkey", .path)
        position = map.position
        map.finish()
    }
}
