public import Netceptor

/// Where links come from: what a `tcp-listeners` or `tcp-peers` entry says (configuration).
public enum LinkSource: Sendable, Hashable {
    /// Takes links at an address; an empty host means all addresses of the machine.
    case tcpListener(host: String, port: Int, LinkOptions)
    /// Opens a link to an address, again and again unless told otherwise.
    case tcpPeer(host: String, port: Int, redials: Bool, LinkOptions)

    /// The address, as it is shown.
    public var address: String {
        switch self {
        case .tcpListener(let host, let port, _), .tcpPeer(let host, let port, _, _):
            "tcp:\(host.isEmpty ? "*" : host):\(port)"
        }
    }
}

/// What takes or opens the links of a source, on the mesh's event loop.
protocol LinkBackend: AnyObject {
    /// Takes or opens no more links; those that there are go on.
    func stopAccepting()

    /// Takes or opens no more links, and closes those that it has.
    func stop()
}
