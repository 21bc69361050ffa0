/// A host and a port, as Go writes them: `example.org:2222`, `192.0.2.1:2222`, `[::1]:2222`.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name or IP address, without brackets; empty means every interface, for listening only.
    public var host: String
    /// The port, 0 to 65535.
    public var port: UInt16

    /// - Parameters:
    ///   - host: a host name or IP address, without brackets.
    ///   - port: 0 to 65535.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`; `nil` when it is not that.
    public init?(_ text: String) {
        guard let (host, port) = Self.split(text), !host.isEmpty else { return nil }
        self.init(host: host, port: port)
    }

    /// Reads `port`, `:port` or `host:port`; `nil` when it is none of them.
    public init?(listening text: String) {
        if let port: UInt16 = Scalar.integer(text) {
            self.init(host: "", port: port)
        } else {
            guard let (host, port) = Self.split(text) else { return nil }
            self.init(host: host, port: port)
        }
    }

    /// `host:port`, with brackets around an IPv6 address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func split(_ text: String) -> (host: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"),
            let port: UInt16 = Scalar.integer(String(text[text.index(after: colon)...]))
        else { return nil }
        let host = text[..<colon]
        guard host.hasPrefix("[") else { return host.isEmpty || isName(host) ? (String(host), port) : nil }
        guard host.hasSuffix("]"), isIPv6(host.dropFirst().dropLast()) else { return nil }
        return (String(host.dropFirst().dropLast()), port)
    }

    /// Whether this is a host name, an IPv4 address, or an IPv6 address with or without brackets.
    static func isHost(_ text: String) -> Bool {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return isName(text[...]) || isIPv6(text[...]) }
        return isIPv6(text.dropFirst().dropLast())
    }

    /// Names are left to the resolver, but for what no name can have.
    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0.value != 0x7F && !":/[]@?#".unicodeScalars.contains($0)
            }
    }

    private static func isIPv6(_ text: Substring) -> Bool {
        let address = text.prefix { $0 != "%" }
        let zone = text.dropFirst(address.count)
        guard zone.isEmpty || (zone.count > 1 && isName(zone.dropFirst())) else { return false }
        return address.contains(":") && IPv6.isAddress(String(address))
    }
}
