import Glibc

/// Where a control service listens.
public enum ControlAddress: Hashable, Sendable, CustomStringConvertible {
    /// A Unix socket in the file system.
    case unix(path: String)
    /// A TCP socket; the host is a name or an address without brackets.
    case tcp(host: String, port: UInt16)

    /// Reads an address as operators write it: `unix:/path`, `unix:///path`, `/path`, `~/path`, `tcp://host:port`,
    /// `tcp:host:port` or `tcp://[::1]:port`.
    ///
    /// - Parameters:
    ///   - text: the address.
    ///   - homeDirectory: the home directory of a user, or of the present one for `nil`; what `~` stands for.
    /// - Throws: ``ControlError`` of code `invalidAddress` or `unsupported`.
    public init(
        parsing text: String,
        homeDirectory: (_ user: String?) -> String? = ControlAddress.homeDirectory(of:)
    ) throws(ControlError) {
        if let rest = text.dropping(prefix: "tcp:") {
            self = try Self.tcp(rest.dropping(prefix: "//") ?? rest, in: text)
        } else if text.hasPrefix("tls:") {
            throw ControlError(
                .unsupported,
                "TLS control connections are not supported yet: use the node's Unix socket or a tcp:// address"
            )
        } else {
            let rest = text.dropping(prefix: "unix:")
            let path = rest.map { $0.hasPrefix("//") ? $0.dropFirst(2) : $0 } ?? Substring(text)
            self = .unix(path: try Self.path(path, isMarked: rest != nil, in: text, homeDirectory))
        }
    }

    /// The address in the form in which it can be given again.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        }
    }

    /// The home directory from `HOME` or the user database.
    public static func homeDirectory(of user: String?) -> String? {
        if user == nil, let home = getenv("HOME"), home.pointee != 0 { return String(cString: home) }
        let entry = user.map { getpwnam($0) } ?? getpwuid(getuid())
        return entry.flatMap { $0.pointee.pw_dir }.map { String(cString: $0) }
    }

    private static func tcp(_ rest: Substring, in text: String) throws(ControlError) -> ControlAddress {
        guard let colon = rest.lastIndex(of: ":") else { throw invalid(text, "the port is missing") }
        guard let port = UInt16(rest[rest.index(after: colon)...]), port > 0 else {
            throw invalid(text, "the port must be a number from 1 to 65535")
        }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw invalid(text, "the host is missing") }
        guard !host.contains(where: { "[]/@ ".contains($0) }) else { throw invalid(text, "the host is not a name") }
        return .tcp(host: String(host), port: port)
    }

    private static func path(
        _ path: Substring,
        isMarked: Bool,
        in text: String,
        _ homeDirectory: (String?) -> String?
    ) throws(ControlError) -> String {
        guard !path.isEmpty else { throw invalid(text, "the path is missing") }
        guard !path.utf8.contains(0) else { throw invalid(text, "a path cannot contain a NUL character") }
        let looksLikePath = path.first.map { "/.~".contains($0) } ?? false
        guard isMarked || looksLikePath || !path.contains(":") else {
            throw invalid(text, "use unix:/path or tcp://host:port")
        }
        guard path.hasPrefix("~") else { return String(path) }
        let end = path.firstIndex(of: "/") ?? path.endIndex
        let user = path[path.index(after: path.startIndex)..<end]
        // As a shell does it: a user that is not known leaves the text as it is.
        guard let home = homeDirectory(user.isEmpty ? nil : String(user)) else { return String(path) }
        return home + path[end...]
    }

    private static func invalid(_ text: String, _ reason: String) -> ControlError {
        ControlError(.invalidAddress, "Invalid socket address \(text): \(reason)")
    }
}

extension StringProtocol where SubSequence == Substring {
    func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
