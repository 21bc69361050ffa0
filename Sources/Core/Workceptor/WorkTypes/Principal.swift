/// Who makes a request: what this node knows of it, and how well.
public struct Principal: Sendable, Hashable, CustomStringConvertible {
    /// How a request came, and from whom.
    public enum Origin: Sendable, Hashable {
        /// A process of this machine, over a Unix socket; `nil` where the kernel does not tell which.
        case unixSocket(Process?)
        /// Whoever is at that address.
        case tcp(address: String)
        /// A node of the mesh.
        ///
        /// - Parameter isAuthenticated: whether TLS proved that it is that node; otherwise it merely says so.
        case mesh(node: String, isAuthenticated: Bool)
    }

    /// A process, as the kernel vouches for it.
    public struct Process: Sendable, Hashable {
        /// The user.
        public var user: UInt32
        /// The group.
        public var group: UInt32
        /// The number.
        public var pid: Int32

        /// A process of that user and group.
        public init(user: UInt32, group: UInt32, pid: Int32) {
            self.user = user
            self.group = group
            self.pid = pid
        }
    }

    /// How the request came, and from whom.
    public var origin: Origin

    /// The one at that origin.
    public init(_ origin: Origin) { self.origin = origin }

    /// Whether the operator of this machine let it in: the permissions of the socket's file guard that way.
    public var isLocal: Bool {
        guard case .unixSocket = origin else { return false }
        return true
    }

    /// Whether the request came through the mesh.
    public var isNode: Bool {
        guard case .mesh = origin else { return false }
        return true
    }

    /// For the log: `uid=0,pid=17`, `tcp:127.0.0.1:4711`, `mesh:foo`.
    public var description: String {
        switch origin {
        case .unixSocket(let process?): "uid=\(process.user),pid=\(process.pid)"
        case .unixSocket(nil): "unix"
        case .tcp(let address): "tcp:\(address)"
        case .mesh(let node, _): "mesh:\(node)"
        }
    }
}
