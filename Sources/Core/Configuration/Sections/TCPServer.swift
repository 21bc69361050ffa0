public import Workceptor

extension Configuration {
    /// A TCP port that leads to a service in the mesh (`tcp-servers`).
    public struct TCPServer: Sendable, Equatable {
        /// The port to listen on.
        public var port: UInt16
        /// The address of the interface to listen on; empty for all, of both families of addresses.
        public var bindAddress: String
        /// The node to connect to; `localhost` for this one.
        public var remoteNode: String
        /// The service to connect to on that node.
        public var remoteService: String
        /// The name of the TLS profile for the connections that come in.
        public var tlsServer: String?
        /// The name of the TLS profile for the connections that go out.
        public var tlsClient: String?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.TCPServer {
    init(_ map: inout MapReader) {
        port = map.required("port", .port)
        bindAddress = map.value("bindaddr", .host, default: "")
        remoteNode = map.required("remotenode", .remoteNode)
        remoteService = map.required("remoteservice", .serviceName)
        tlsServer = map.optional("tlsserver", .tlsServer)
        tlsClient = map.optional("tlsclient", .tlsClient)
        position = map.position
        map.finish()
    }
}
