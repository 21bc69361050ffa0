public import Workceptor

extension Configuration {
    /// A node to link to over TCP (`tcp-peers`).
    public struct TCPPeer: Sendable, Equatable {
        /// Where the other node listens.
        public var address: NetworkAddress
        /// Whether to dial again when the link is lost.
        public var redial: Bool
        /// The name of the TLS client profile.
        public var tls: String?
        /// What it costs to route over a link from here; greater than 0.
        public var cost: Double
        /// The only nodes that may link; `nil` for all.
        public var allowedPeers: [String]?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.TCPPeer {
    init(_ map: inout MapReader) {
        address = map.required("address", .address)
        redial = map.value("redial", .flag, default: true)
        tls = map.optional("tls", .tlsClient)
        cost = map.value("cost", .cost, default: 1)
        allowedPeers = map.restriction("allowedpeers", to: .listedNode)
        position = map.position
        map.finish()
    }
}
