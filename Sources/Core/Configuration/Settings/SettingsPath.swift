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

    /// Whether a message has a part of the values at the end of a way in it, of four bytes or more.
    static func shares(_ message: String, with path: [any CodingKey], in root: YAMLNode) -> Bool {
        var node = root
        for key in path { node = child(key, of: node) ?? node }
        let bytes = Array(message.utf8.prefix(1000))
        guard bytes.count >= 4 else { return false }
        let parts = Set((0...bytes.count - 4).map { Array(bytes[$0..<$0 + 4]) })
        return texts(of: node).contains { text in
            let bytes = Array(text.utf8)
            guard bytes.count >= 4 else { return false }
            return (0...bytes.count - 4).contains { parts.contains(Array(bytes[$0..<$0 + 4])) }
        }
    }

    private static func texts(of node: YAMLNode) -> [String] {
        switch node.content {
        case .scalar(let text, _): [text]
        case .list(let nodes): nodes.flatMap(texts)
        case .map(let entries): entries.flatMap { [$0.key] + texts(of: $0.value) }
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
