internal import TimeFormats
internal import Workceptor

/// Decodes a plugin's settings from the tree of its entry; what it throws itself has a position.
struct SettingsDecoder: Decoder {
    /// The value to decode.
    let node: YAMLNode
    /// The section, as messages call it.
    let section: String
    var codingPath: [any CodingKey] = []
    // The protocol asks for it; nothing is passed to plugins this way.
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(node: YAMLNode, section: String, codingPath: [any CodingKey] = []) {
        self.node = node
        self.section = section
        self.codingPath = codingPath
    }

    /// The decoder of a value in a list or map.
    func child(_ node: YAMLNode, at key: any CodingKey) -> SettingsDecoder {
        SettingsDecoder(node: node, section: section, codingPath: codingPath + [key])
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let entries) = node.content else { throw refusal("a map") }
        return KeyedDecodingContainer(try SettingsKeyedContainer<Key>(entries, of: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch node.content {
        case .list(let nodes): return SettingsUnkeyedContainer(nodes, of: self)
        case .scalar where !node.isNull: return SettingsUnkeyedContainer([node], of: self)
        case .scalar, .map: throw refusal("a list")
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SettingsSingleValueContainer(decoder: self)
    }

    /// Decodes the value as a type that may be one this decoder knows itself.
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // Its own decoding wants two integers.
        guard type == Duration.self else { return try Value(from: self) }
        guard let text = node.text, let duration = GoDuration.parse(text) else {
            throw refusal("a duration", hint: GoDuration.examples)
        }
        guard (.zero...Scalar.longestDuration).contains(duration), let value = duration as? Value else {
            throw refusal("a duration from 0s to \(Scalar.longestDurationText)")
        }
        return value
    }

    /// The error that the value is not what the type takes.
    func refusal(_ wanted: String, hint: String? = nil) -> ConfigurationProblem {
        let shown = node.text.map { SettingsPath.isSecret(codingPath) ? "this value" : Quotation.of($0) }
        let subject = codingPath.isEmpty ? section : "\(SettingsPath.text(codingPath)) in \(section)"
        return ConfigurationProblem(
            "\(subject) must be \(wanted), not \(shown ?? node.kind)",
            at: node.position,
            hint: hint
        )
    }
}
