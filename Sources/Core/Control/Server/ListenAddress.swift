/// One place where the control service takes connections.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A Unix socket at a path, with the permissions of its file.
    case unix(path: String, permissions: UInt32)
    /// A TCP address.
    case tcp(host: String, port: Int)

    /// The text that is shown for it.
    public var description: String {
        switch self {
        case .unix(let path, _): "unix:\(path)"
        case .tcp(let host, let port): "tcp:\(host):\(port)"
        }
    }
}
