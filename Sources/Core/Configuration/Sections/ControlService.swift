public import Workceptor

extension Configuration {
    /// A place where the node takes commands (`control-services`).
    public struct ControlService: Sendable, Equatable {
        /// The name under which the mesh knows the service.
        public var service: String
        /// The path of a Unix socket; `nil` for none.
        public var path: String?
        /// The socket's permissions, as a file mode.
        public var permissions: UInt32
        /// The name of the TLS server profile for connections over the mesh.
        public var tls: String?
        /// The TCP port to listen on; `nil` for none.
        public var tcpListen: NetworkAddress?
        /// The name of the TLS server profile for connections over TCP.
        public var tcpTLS: String?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.ControlService {
    init(_ map: inout MapReader) {
        service = map.value("service", .serviceName, default: "control")
        path = map.optional("filename", .socketPath)
        permissions = map.value("permissions", .permissions, default: 0o600)
        tls = map.optional("tls", .tlsServer)
        tcpListen = map.optional("tcplisten", .listeningAddress)
        tcpTLS = map.optional("tcptls", .tlsServer)
        position = map.position
        map.finish()
    }
}
