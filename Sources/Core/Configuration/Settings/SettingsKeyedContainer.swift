internal import Workceptor

/// The keys of a map, for a type that knows their names or for a dictionary.
struct SettingsKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let decoder: SettingsDecoder
    private let entries: [String: YAMLEntry]
    let allKeys: [Key]

    /// - Throws: when a key stands there twice.
    init(_ entries: [YAMLEntry], of decoder: SettingsDecoder) throws(ConfigurationProblem) {
        self.decoder = decoder
        var problem: ConfigurationProblem?
        let unique = entries.unique(by: Self.identity) { entry, first in
            problem =
                problem
                ?? ConfigurationProblem(
                    "duplicate key \(Quotation.of(entry.key)) in \(decoder.section)",
                    at: entry.keyPosition,
                    hint: "the first is in line \(first.keyPosition.line)"
                )
        }
        if let problem { throw problem }
        self.entries = Dictionary(unique.map { (Self.identity($0.key), $0) }) { first, _ in first }
        allKeys = unique.compactMap { Key(stringValue: $0.key) ?? Key(stringValue: KeyName.normalised($0.key)) }
    }

    /// Whether the keys are a dictionary's, of which any may be there and case counts.
    private static var isOpen: Bool { Key(stringValue: "\u{1}") != nil }

    /// What makes two keys the same.
    private static func identity(_ key: String) -> String { isOpen ? key : KeyName.normalised(key) }

    var codingPath: [any CodingKey] { decoder.codingPath }

    private func entry(_ key: Key) -> YAMLEntry? {
        entries[Self.identity(key.stringValue)]
    }

    private func child(_ key: Key) throws -> SettingsDecoder {
        guard let entry = entry(key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing key"))
        }
        return decoder.child(entry.value, at: key)
    }

    func contains(_ key: Key) -> Bool { entry(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { entry(key)?.value.isNull ?? true }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try child(key).value(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try child(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key).unkeyedContainer()
    }

    // A superclass's keys stand among its subclass's.
    func superDecoder() throws -> any Decoder { decoder }

    func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}
