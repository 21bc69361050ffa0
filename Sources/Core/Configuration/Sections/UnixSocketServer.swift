public import Workceptor

extension Configuration {
    /// A Unix socket that leads to a service in the mesh (`unix-socket-servers`).
    public struct UnixSocketServer: Sendable, Equatable {
        /// The path of the socket.
        public var path: String
        /// The socket's permissions, as a file mode.
        public var permissions: UInt32
        /// The node to connect to; `localhost` for this one.
        public var remoteNode: String
        /// The service to connect to on that node.
        public var remoteService: String
        /// The name of the TLS client profile for the connection over the mesh.
        public var tls: String?
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.UnixSocketServer {
    init(_ map: inout MapReader) {
        path = map.required("filename", .socketPath)
        permissions = map.value("permissions", .permissions, default: 0o600)
        remoteNode = map.required("remotenode", .remoteNode)
        remoteService = map.required("remoteservice", .serviceName)
        tls = map.optional("tls", .tlsClient)
        position = map.position
        map.finish()
    }
}
