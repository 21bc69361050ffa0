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
    let diagnostics: Diagnostics
    private var entries: [YAMLEntry] = []
    private var values: [String: YAMLEntry] = [:]
    private(set) var knownKeys: [String] = []

    /// A section without keys: all of its defaults.
    init(absent section: String, diagnostics: Diagnostics) {
        self.section = section
        self.position = nil
        self.diagnostics = diagnostics
    }

    /// - Parameters:
    ///   - node: the map; null is a map without keys.
    ///   - scalarKey: the key that a lone value stands for, if there is an obvious one.
    ///   - position: where the entry stands.
    /// - Returns: `nil` after reporting that the value is no map.
    init?(
        _ node: YAMLNode,
        section: String,
        scalarKey: String? = nil,
        at position: SourcePosition,
        diagnostics: Diagnostics
    ) {
        self.section = section
        self.position = position
        self.diagnostics = diagnostics
        if case .map(let entries) = node.content {
            self.entries = entries.unique(
                by: KeyName.normalised,
                duplicate: diagnostics.reportDuplicate(in: section)
            )
        } else if let scalarKey, node.text != nil {
            entries = [YAMLEntry(key: scalarKey, keyPosition: node.position, value: node)]
        } else if !node.isNull {
            diagnostics.report(
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
            diagnostics.report(
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

    /// The elements of a list that restricts something.
    ///
    /// Only a key that is not there restricts nothing: an empty list, or an empty text, leaves nobody.
    ///
    /// - Returns: `nil` when the key is absent.
    mutating func restriction<Element>(_ key: String, to element: ValueKind<Element>) -> [Element]? {
        guard let node = remove(key)?.value else { return nil }
        if node.text == "" { return [] }
        guard !node.isNull else {
            context(key).refuse(node, wanted: "a list", hint: "leave the key out for all, or write [] for nobody")
            return []
        }
        return ValueKind.list(of: element).read(node, context(key)) ?? []
    }

    /// The only certificates that are accepted; empty, which is any, only when the key is absent.
    mutating func pins(_ key: String) -> [[UInt8]] {
        if let node = values[key]?.value, node.text == "" || node.content == .list([]) {
            context(key).report("must not be empty", at: node.position, hint: "leave the key out to accept any")
            _ = remove(key)
            return []
        }
        return restriction(key, to: .fingerprint) ?? []
    }

    /// What a rule says of a name; `nil`, which is all names, only when the key is absent.
    mutating func condition(_ key: String, _ kind: ValueKind<String>) -> String? {
        guard let node = remove(key)?.value else { return nil }
        guard !Self.isBlank(node) else {
            context(key).refuse(node, wanted: "a name, or a pattern between slashes", hint: "leave the key out for all")
            return nil
        }
        return kind.read(node, context(key))
    }

    /// Takes a key as it is; `nil` if it is absent or set to nothing.
    mutating func take(_ key: String) -> YAMLEntry? {
        remove(key).flatMap { Self.isBlank($0.value) ? nil : $0 }
    }

    private mutating func remove(_ key: String) -> YAMLEntry? {
        knownKeys.append(key)
        return values.removeValue(forKey: key)
    }

    /// An empty text counts as nothing: it is how templates leave a key out.
    private static func isBlank(_ node: YAMLNode) -> Bool { node.isNull || node.text == "" }

    /// The keys that nothing has taken, in the order of the file.
    var remainingEntries: [YAMLEntry] {
        values.isEmpty ? [] : entries.filter { values[KeyName.normalised($0.key)] != nil }
    }

    /// Reports the keys that nothing has taken.
    ///
    /// - Parameter special: what is wrong with a key, in its plain spelling, that is known to be no slip.
    func finish(_ special: (_ key: String) -> (problem: String, hint: String)? = { _ in nil }) {
        for entry in remainingEntries {
            let known = special(KeyName.normalised(entry.key))
            diagnostics.report(
                ConfigurationProblem(
                    "\(known?.problem ?? "unknown key") \(Quotation.of(entry.key)) in \(section)",
                    at: entry.keyPosition,
                    hint: known?.hint ?? NearestName.hint(entry.key, among: knownKeys)
                )
            )
        }
    }

    private func context(_ key: String) -> ValueContext {
        ValueContext(key: key, section: section, diagnostics: diagnostics)
    }
}
