internal import NamePatterns
internal import Workceptor

extension ValueKind where Value == String {
    /// A file that can be read now.
    ///
    /// Somebody may paste the key where its path belongs: such a value is not shown.
    static var readableFile: ValueKind {
        scalar("the path of a file", placeholder: "", isSecret: true) { isPath($0) ? $0 : nil }.checked {
            path,
            node,
            context in
            guard let reason = context.diagnostics.host.readingProblem(path) else { return true }
            context.report("cannot be read: \(Quotation.of(path, limit: 200)): \(reason)", at: node.position)
            return false
        }
    }

    /// The path of a file that need not exist.
    static var path: ValueKind {
        scalar("the path of a file", placeholder: "", isSecret: true) { isPath($0) ? $0 : nil }
    }

    /// The path of a Unix socket to be made, in a directory that is there.
    static var socketPath: ValueKind {
        path.checked { path, node, context in
            guard let problem = SocketPath.problem(with: path, on: context.diagnostics.host) else { return true }
            context.report(problem, at: node.position)
            return false
        }
    }

    private static func isPath(_ text: String) -> Bool {
        Scalar.isName(text) && text.utf8.count < 4096 && !text.contains("-----BEGIN")
    }

    /// The name of a TLS profile for connections that come in.
    static var tlsServer: ValueKind { tlsProfile(.server) }

    /// The name of a TLS profile for connections that go out.
    static var tlsClient: ValueKind { tlsProfile(.client) }

    private static func tlsProfile(_ role: TLSReference.Role) -> ValueKind {
        name.checked { name, node, context in
            context.diagnostics.note(
                TLSReference(name: name, role: role, key: context.key, position: node.position)
            )
            return true
        }
    }

    /// A node in a firewall rule: a name that no node has would make a rule that never holds.
    static var firewallNode: ValueKind {
        firewallPattern.checked { text, node, context in
            guard !text.hasPrefix("/") else { return true }
            return listedNode.read(node, context) != nil
        }
    }

    /// A service in a firewall rule.
    static var firewallService: ValueKind {
        firewallPattern.checked { text, node, context in
            text.hasPrefix("/") || serviceName.read(node, context) != nil
        }
    }

    /// A node or service in a firewall rule: its name, or a pattern between slashes.
    static var firewallPattern: ValueKind {
        name.checked { text, node, context in
            guard text.hasPrefix("/") else { return true }
            guard text.count > 2, text.hasSuffix("/") else {
                context.report("must end with the '/' it starts with", at: node.position, hint: "such as /node.*/")
                return false
            }
            do throws(NamePatternError) {
                _ = try NamePattern(text.dropFirst().dropLast())
                return true
            } catch {
                context.report("is not a regular expression: \(error.message)", at: node.position)
                return false
            }
        }
    }
}

extension ValueKind where Value == [UInt8] {
    /// The fingerprint of a certificate.
    static var fingerprint: ValueKind {
        scalar(
            "a SHA-224, SHA-256, SHA-384 or SHA-512 fingerprint in hexadecimal",
            placeholder: [],
            hint: "56, 64, 96 or 128 digits, with or without ':'"
        ) { Fingerprint.bytes($0) }
    }
}
