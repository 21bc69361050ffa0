internal import Workceptor

/// Ways through the settings of an entry, as decoders know them.
enum SettingsPath {
    /// The way as an operator reads it: `env.PATH`, `args[2]`.
    static func text(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + Quotation.of(key.stringValue).dropFirst().dropLast()
            }
        }
    }

    /// Where the value at the end of a way stands; for one that is not there, where its map or list stands.
    static func position(of path: [any CodingKey], in root: YAMLNode) -> SourcePosition {
        var node = root
        for key in path {
            guard let child = child(key, of: node) else { break }
            node = child
        }
        return node.position
    }

    private static func child(_ key: any CodingKey, of node: YAMLNode) -> YAMLNode? {
        switch node.content {
        case .scalar: return nil
        case .list(let nodes):
            guard let index = key.intValue, nodes.indices.contains(index) else { return nil }
            return nodes[index]
        case .map(let entries):
            let exact = entries.first { $0.key == key.stringValue }
            let name = KeyName.normalised(key.stringValue)
            return (exact ?? entries.first { KeyName.normalised($0.key) == name })?.value
        }
    }

    /// Whether a value must not be shown: a secret, or the words of a command.
    static func isSecret(_ path: [any CodingKey]) -> Bool {
        path.contains { key in
            let name = KeyName.normalised(key.stringValue)
            return ["params", "command", "env", "environment", "args", "arguments"].contains(name)
                || ["secret", "password", "passphrase", "token", "key", "credential", "auth"].contains {
                    contains($0, in: name)
                }
        }
    }

    private static func contains(_ word: String, in name: String) -> Bool {
        name.indices.contains { name[$0...].hasPrefix(word) }
    }
}
