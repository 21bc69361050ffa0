internal import Workceptor

/// The elements of a list.
struct SettingsUnkeyedContainer: UnkeyedDecodingContainer {
    private let decoder: SettingsDecoder
    private let nodes: [YAMLNode]
    private(set) var currentIndex = 0

    init(_ nodes: [YAMLNode], of decoder: SettingsDecoder) {
        self.nodes = nodes
        self.decoder = decoder
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { nodes.count }
    var isAtEnd: Bool { currentIndex >= nodes.count }

    /// Decodes the next element; one that fails stays the next.
    private mutating func next<Value>(_ decode: (SettingsDecoder) throws -> Value) throws -> Value {
        guard !isAtEnd else {
            throw decoder.refusal("a list of more than \(nodes.count) elements")
        }
        let value = try decode(decoder.child(nodes[currentIndex], at: SettingsKey(currentIndex)))
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, nodes[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.value(type) } }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}
