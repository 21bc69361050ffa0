extension ValueKind where Value == NetworkAddress {
    /// A host and a port to connect to.
    static var address: ValueKind {
        scalar(
            "host:port",
            placeholder: NetworkAddress(host: "", port: 0),
            hint: "such as example.org:2222 or [::1]:2222"
        ) {
            NetworkAddress($0)
        }.checked { address, node, context in
            guard address.port == 0 else { return true }
            context.report("must have a port from 1 to 65535", at: node.position)
            return false
        }
    }

    /// A port to listen on, of every interface or of one.
    static var listeningAddress: ValueKind {
        scalar(
            "a port or host:port",
            placeholder: NetworkAddress(host: "", port: 0),
            hint: "such as 2222 or 127.0.0.1:2222"
        ) {
            NetworkAddress(listening: $0)
        }
    }
}

extension ValueKind where Value == String {
    /// The address of an interface to listen on.
    static var host: ValueKind {
        scalar("a host name or IP address", placeholder: "") { text in
            guard NetworkAddress.isHost(text) else { return nil }
            return text.hasPrefix("[") ? String(text.dropFirst().dropLast()) : text
        }
    }

    /// Where a WebSocket peer listens. It is not shown in messages: it may hold a password.
    static var webSocketURL: ValueKind {
        scalar(
            "a WebSocket URL",
            placeholder: "",
            hint: "such as ws://example.org:2222/path or wss://example.org",
            isSecret: true
        ) { isWebSocketURL($0) ? $0 : nil }
    }

    private static func isWebSocketURL(_ text: String) -> Bool {
        let scheme = text.prefix { $0 != ":" }
        guard ["ws", "wss"].contains(scheme.lowercased()) else { return false }
        let rest = text.dropFirst(scheme.count)
        guard rest.hasPrefix("://"), text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else {
            return false
        }
        let authority = rest.dropFirst(3).prefix { !"/?#".contains($0) }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return NetworkAddress(String(host)) != nil || NetworkAddress.isHost(String(host))
    }

    /// The path of a WebSocket listener.
    static var urlPath: ValueKind {
        scalar("a path that starts with '/'", placeholder: "/") { text in
            text.hasPrefix("/") && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F } ? text : nil
        }
    }

    /// A header of an HTTP request. It is not shown in messages: it may hold a token.
    static var header: ValueKind {
        scalar("a header", placeholder: "", hint: "such as 'X-Header: value'", isSecret: true) { text in
            let name = text.prefix { $0 != ":" }
            let isHeader = !name.isEmpty && name.count < text.count && !name.contains(where: \.isWhitespace)
            return isHeader && Scalar.isName(text) ? text : nil
        }
    }
}
