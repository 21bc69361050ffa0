internal import Workceptor

/// Takes the keys of one map one by one, reports what is wrong with them, and goes on.
///
/// What is taken is what is known: ``finish()`` reports the rest.
struct MapReader {
    /// The section, as messages call it.
    let section: String
    /// Where the entry stands; `nil` for a section that is not in the file.
    let position: SourcePosition?
    /// Where problems go.
    let reading: Reading
    private var entries: [YAMLEntry] = []
    private var values: [String: YAMLEntry] = [:]
    private(set) var knownKeys: [String] = []

    /// A section without keys: all of its defaults.
    init(absent section: String, reading: Reading) {
        self.section = section
        self.position = nil
        self.reading = reading
    }

    /// - Parameters:
    ///   - node: the map; null is a map without keys.
    ///   - scalarKey: the key that a lone value stands for, if there is an obvious one.
    ///   - position: where the entry stands.
    /// - Returns: `nil` after reporting that the value is no map.
    init?(_ node: YAMLNode, section: String, scalarKey: String? = nil, at position: SourcePosition, reading: Reading) {
        self.section = section
        self.position = position
        self.reading = reading
        if case .map(let entries) = node.content {
            self.entries = entries.unique(
                by: KeyName.normalised,
                duplicate: reading.reportDuplicate(in: section)
            )
        } else if let scalarKey, node.text != nil {
            entries = [YAMLEntry(key: scalarKey, keyPosition: node.position, value: node)]
        } else if !node.isNull {
            reading.report(
                ConfigurationProblem("\(section) must be a map of keys, not \(node.kind)", at: node.position)
            )
            return nil
        }
        for entry in entries { values[KeyName.normalised(entry.key)] = entry }
    }

    /// The value of a key, or `nil` if the key is absent, null or wrong.
    mutating func optional<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
        take(key).flatMap { kind.read($0.value, context(key)) }
    }

    /// The value of a key, or what holds without it.
    mutating func value<Value>(_ key: String, _ kind: ValueKind<Value>, default defaultValue: Value) -> Value {
        optional(key, kind) ?? defaultValue
    }

    /// The value of a key that has to be there; a placeholder when it is not, which is reported.
    ///
    /// - Parameter hint: what to do about a missing key, given the keys that nothing has taken so far.
    mutating func required<Value>(
        _ key: String,
        _ kind: ValueKind<Value>,
        hint: ([YAMLEntry]) -> String? = { _ in nil }
    ) -> Value {
        guard let entry = take(key) else {
            reading.report(
                ConfigurationProblem("missing key '\(key)' in \(section)", at: position, hint: hint(remainingEntries))
            )
            return kind.placeholder
        }
        return kind.read(entry.value, context(key)) ?? kind.placeholder
    }

    /// Whether a key is there, taken or not, and set to something.
    func isGiven(_ key: String) -> Bool {
        entries.contains { KeyName.normalised($0.key) == key && !Self.isBlank($0.value) }
    }

    /// Takes a key as it is; `nil` if it is absent or set to nothing.
    mutating func take(_ key: String) -> YAMLEntry? {
        knownKeys.append(key)
        guard let entry = values.removeValue(forKey: key), !Self.isBlank(entry.value) else { return nil }
        return entry
    }

    /// An empty text counts as nothing: it is how templates leave a key out.
    private static func isBlank(_ node: YAMLNode) -> Bool { node.isNull || node.text == "" }

    /// The keys that nothing has taken, in the order of the file.
    var remainingEntries: [YAMLEntry] {
        values.isEmpty ? [] : entries.filter { values[KeyName.normalised($0.key)] != nil }
    }

    /// Reports the keys that nothing has taken.
    func finish() {
        for entry in remainingEntries {
            reading.report(
                ConfigurationProblem(
                    "unknown key \(Quotation.of(entry.key)) in \(section)",
                    at: entry.keyPosition,
                    hint: NearestName.hint(entry.key, among: knownKeys)
                )
            )
        }
    }

    private func context(_ key: String) -> ValueContext {
        ValueContext(key: key, section: section, reading: reading)
    }
}
