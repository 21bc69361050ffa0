public import Workceptor

extension Configuration {
    /// A service in the mesh that leads to a TCP port (`tcp-clients`).
    public struct TCPClient: Sendable, Equatable {
        /// The name under which the mesh knows the service.
        public var service: String
        /// Where to connect to from this node.
        public var address: NetworkAddress
        /// The name of the TLS profile for the connections that come in.
        public var tlsServer: String?
        /// The name of the TLS profile for the connections that go out.
        public var tlsClient: String?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.TCPClient {
    init(_ map: inout MapReader) {
        service = map.required("service", .serviceName)
        address = map.required("address", .address)
        tlsServer = map.optional("tlsserver", .tlsServer)
        tlsClient = map.optional("tlsclient", .tlsClient)
        position = map.position
        map.finish()
    }
}
