public import Workceptor

extension Configuration {
    /// A service in the mesh that leads to a UDP port (`udp-clients`).
    public struct UDPClient: Sendable, Equatable {
        /// The name under which the mesh knows the service.
        public var service: String
        /// Where to connect to from this node.
        public var address: NetworkAddress
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.UDPClient {
    init(_ map: inout MapReader) {
        service = map.required("service", .serviceName)
        address = map.required("address", .address)
        position = map.position
        map.finish()
    }
}
