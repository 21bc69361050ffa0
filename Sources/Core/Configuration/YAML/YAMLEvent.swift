internal import Workceptor

/// One step of libyaml's walk through a document.
struct YAMLEvent {
    /// What the parser came across.
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(String, isPlain: Bool)
        case listStart
        case listEnd
        case mapStart
        case mapEnd
    }

    /// What the parser came across.
    var kind: Kind
    /// Where it starts.
    var position: SourcePosition
    /// The `&anchor` of a value.
    var anchor: String?
    /// The `!tag` of a value, resolved.
    var tag: String?
}
