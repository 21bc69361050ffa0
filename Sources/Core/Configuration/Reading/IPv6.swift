internal import Glibc

/// IPv6 addresses, as the system reads them.
enum IPv6 {
    /// Whether a text is an address, without brackets and zone.
    static func isAddress(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }
}
