public import Workceptor

extension Configuration {
    /// A service in the mesh that leads to a Unix socket (`unix-socket-clients`).
    public struct UnixSocketClient: Sendable, Equatable {
        /// The path of the socket.
        public var path: String
        /// The name under which the mesh knows the service.
        public var service: String
        /// The name of the TLS server profile for the connection over the mesh.
        public var tls: String?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.UnixSocketClient {
    init(_ map: inout MapReader) {
        path = map.required("filename", .path)
        service = map.required("service", .serviceName)
        tls = map.optional("tls", .tlsServer)
        position = map.position
        map.finish()
    }
}
