public import Workceptor

extension Configuration {
    /// A UDP port that other nodes link to (`udp-listeners`).
    public struct UDPListener: Sendable, Equatable {
        /// The port to listen on.
        public var port: UInt16
        /// The address of the interface to listen on; empty for all, of both families of addresses.
        public var bindAddress: String
        /// What it costs to route over a link from here; greater than 0.
        public var cost: Double
        /// What it costs to route over a link from certain nodes, in place of ``cost``.
        public var nodeCosts: [String: Double]
        /// The only nodes that may link; `nil` for all.
        public var allowedPeers: [String]?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.UDPListener {
    init(_ map: inout MapReader) {
        port = map.required("port", .port)
        bindAddress = map.value("bindaddr", .host, default: "")
        cost = map.value("cost", .cost, default: 1)
        nodeCosts = map.value("nodecost", .map(ofNodesTo: .cost), default: [:])
        allowedPeers = map.restriction("allowedpeers", to: .listedNode)
        position = map.position
        map.finish()
    }
}
