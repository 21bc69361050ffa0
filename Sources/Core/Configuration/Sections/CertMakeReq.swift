public import Workceptor

extension Configuration {
    /// Makes a request for a certificate (`cert-makereqs`).
    public struct CertMakeReq: Sendable, Equatable {
        /// The name that the certificate is for.
        public var commonName: String
        /// The length of the RSA key.
        public var bits: Int
        /// The host names that the certificate is for.
        public var dnsNames: [String]
        /// The IP addresses that the certificate is for.
        public var ipAddresses: [String]
        /// The nodes that the certificate is for.
        public var nodeIDs: [String]
        /// The path to write the request to.
        public var outRequest: String
        /// The path of a private key to use.
        public var inKey: String?
        /// The path to write a new private key to.
        public var outKey: String?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.CertMakeReq {
    init(_ map: inout MapReader) {
        commonName = map.required("commonname", .name)
        bits = map.value("bits", .integer(1024...16384), default: 2048)
        dnsNames = map.value("dnsname", .list(of: .host), default: [])
        ipAddresses = map.value("ipaddress", .list(of: .host), default: [])
        nodeIDs = map.value("nodeid", .list(of: .nodeID), default: [])
        outRequest = map.required("outreq", .path)
        inKey = map.optional("inkey", .path)
        outKey = map.optional("outkey", .path)
        position = map.position
        map.finish()
    }
}
