internal import Glibc
public import NIOCore
public import NIOPosix

extension ServerBootstrap {
    /// Listens on a TCP port.
    ///
    /// - Parameter host: an address or a name; empty for all addresses of the machine, of both families where it has IPv6.
    public func listen(host: String, port: Int) -> EventLoopFuture<any Channel> {
        guard host.isEmpty else { return bind(host: host, port: port) }
        return bind(host: Self.hasIPv6 ? "::" : "0.0.0.0", port: port)
    }

    private static var hasIPv6: Bool {
        let number = socket(AF_INET6, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return false }
        close(number)
        return true
    }
}

extension SocketAddress {
    /// The address and port as they are shown: IPv4 as such also where it came in by a socket of both families.
    public var shown: String {
        guard let address = ipAddress, let port else { return "?" }
        let mapped = "::ffff:"
        if address.hasPrefix(mapped), address.contains(".") { return "\(address.dropFirst(mapped.count)):\(port)" }
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
