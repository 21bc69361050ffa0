internal import Workceptor

/// One value of a YAML document and where it stands.
struct YAMLNode: Sendable, Hashable {
    /// What a value is made of.
    enum Content: Sendable, Hashable {
        /// `isPlain` is false for quoted and block scalars, which are never null.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        /// The entries in the order of the file; keys may still be there twice.
        case map([YAMLEntry])
    }

    /// Where the value starts; for one that an alias stands for, where the anchor is.
    var position: SourcePosition
    /// The value.
    var content: Content

    /// Whether this is YAML's null: nothing at all, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text of a scalar as it is written, quotes aside; `nil` for null, lists and maps.
    var text: String? {
        guard !isNull, case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// What this is, in the operator's words.
    var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a value"
        case .list: "a list"
        case .map: "a map"
        }
    }
}
