public import Workceptor

extension Configuration {
    /// A UDP port that leads to a service in the mesh (`udp-servers`).
    public struct UDPServer: Sendable, Equatable {
        /// The port to listen on.
        public var port: UInt16
        /// The address of the interface to listen on; empty for all, of both families of addresses.
        public var bindAddress: String
        /// The node to connect to; `localhost` for this one.
        public var remoteNode: String
        /// The service to connect to on that node.
        public var remoteService: String
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.UDPServer {
    init(_ map: inout MapReader) {
        port = map.required("port", .port)
        bindAddress = map.value("bindaddr", .host, default: "")
        remoteNode = map.required("remotenode", .remoteNode)
        remoteService = map.required("remoteservice", .serviceName)
        position = map.position
        map.finish()
    }
}
