internal import Workceptor

/// Builds the tree of a file's one document.
///
/// A small hostile file must not become a large tree: nesting is bounded, and so is what aliases stand for.
struct YAMLComposer {
    /// How deeply lists and maps may be nested, aliases followed.
    static let maximumDepth = 64
    /// How many values all aliases of a file may stand for together.
    static let maximumAliasedValues = 100_000

    /// A value with what counts against the bounds.
    private struct Composed {
        var node: YAMLNode
        var size = 1
        var height = 1

        mutating func add(_ child: Composed) {
            size += child.size
            height = max(height, child.height + 1)
        }
    }

    private let events: YAMLEventReader
    private var anchors: [String: Composed] = [:]
    private var aliasedValues = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(ConfigurationProblem) {
        events = try YAMLEventReader(bytes, file: file)
    }

    /// Reads a file's text.
    ///
    /// - Returns: the root of the document; null when there is no document.
    /// - Throws: the first thing that is not YAML, or that is more of it than a configuration needs.
    static func compose(_ text: [UInt8], file: String) throws(ConfigurationProblem) -> YAMLNode {
        try checkEncoding(of: text, file: file)
        return try text.withUnsafeBufferPointer { (bytes) throws(ConfigurationProblem) -> YAMLNode in
            var composer = try YAMLComposer(bytes, file: file)
            return try composer.document(file: file)
        }
    }

    private static func checkEncoding(of text: [UInt8], file: String) throws(ConfigurationProblem) {
        do {
            _ = try UTF8Span(validating: text.span)
        } catch {
            let hint =
                text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF]) ? "it looks like UTF-16" : nil
            throw ConfigurationProblem(
                "the file is not valid UTF-8",
                at: SourcePosition(file: file, offset: error.byteOffsets.lowerBound, in: text),
                hint: hint ?? "save it as UTF-8"
            )
        }
    }

    private mutating func document(file: String) throws(ConfigurationProblem) -> YAMLNode {
        var root: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd:
                let start = SourcePosition(file: file, line: 1, column: 1)
                return root ?? YAMLNode(position: start, content: .scalar("", isPlain: true))
            case .documentStart where root != nil:
                throw ConfigurationProblem(
                    "a second YAML document starts here",
                    at: event.position,
                    hint: "a configuration file holds one document"
                )
            case .streamStart, .documentStart, .documentEnd:
                continue
            default:
                root = try value(event, depth: 1).node
            }
        }
    }

    private mutating func value(_ event: YAMLEvent, depth: Int) throws(ConfigurationProblem) -> Composed {
        guard depth <= Self.maximumDepth else { throw tooDeep(event.position) }
        try checkTag(of: event)
        var composed: Composed
        switch event.kind {
        case .alias(let name): return try alias(name, at: event.position, depth: depth)
        case .listStart: composed = try list(event, depth: depth)
        case .mapStart: composed = try map(event, depth: depth)
        case .scalar(let text, let isPlain): composed = try scalar(text, isPlain: isPlain, event)
        default: throw ConfigurationProblem("YAML: a value is missing", at: event.position)
        }
        if let anchor = event.anchor { anchors[anchor] = composed }
        return composed
    }

    private func tooDeep(_ position: SourcePosition) -> ConfigurationProblem {
        ConfigurationProblem("lists and maps are nested more than \(Self.maximumDepth) deep", at: position)
    }

    /// Tags of YAML itself say nothing new; any other asks for something that this reader does not do.
    private func checkTag(of event: YAMLEvent) throws(ConfigurationProblem) {
        guard let tag = event.tag, tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") else { return }
        throw ConfigurationProblem("the tag \(Quotation.of(tag)) is not supported", at: event.position)
    }

    private func scalar(_ text: String, isPlain: Bool, _ event: YAMLEvent) throws(ConfigurationProblem) -> Composed {
        let text = event.tag == "tag:yaml.org,2002:binary" ? try decoded(text, at: event.position) : text
        // Paths and commands end at a NUL for the system: what is used must be what is written.
        guard !text.utf8.contains(0) else {
            throw ConfigurationProblem("a NUL character is not allowed here", at: event.position)
        }
        let isString = ["!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary"].contains(event.tag)
        return Composed(
            node: YAMLNode(position: event.position, content: .scalar(text, isPlain: isPlain && !isString))
        )
    }

    /// The text that a value tagged `!!binary` stands for.
    private func decoded(_ text: String, at position: SourcePosition) throws(ConfigurationProblem) -> String {
        guard let bytes = Base64.decode(text) else {
            throw ConfigurationProblem("this value is tagged !!binary, but it is not base64", at: position)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationProblem("this !!binary value is not text in UTF-8", at: position)
        }
        return text
    }

    private mutating func alias(
        _ name: String,
        at position: SourcePosition,
        depth: Int
    ) throws(ConfigurationProblem) -> Composed {
        // An anchor is known once its value is complete: a value cannot hold itself.
        guard let target = anchors[name] else {
            throw ConfigurationProblem("no value with the anchor \(Quotation.of(name)) comes before this", at: position)
        }
        aliasedValues += target.size
        guard aliasedValues <= Self.maximumAliasedValues else {
            throw ConfigurationProblem(
                "the file's aliases stand for more than \(Self.maximumAliasedValues) values",
                at: position
            )
        }
        guard depth + target.height - 1 <= Self.maximumDepth else { throw tooDeep(position) }
        return target
    }

    private mutating func list(_ start: YAMLEvent, depth: Int) throws(ConfigurationProblem) -> Composed {
        var composed = Composed(node: YAMLNode(position: start.position, content: .list([])))
        var elements: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { break }
            let element = try value(event, depth: depth + 1)
            composed.add(element)
            elements.append(element.node)
        }
        composed.node.content = .list(elements)
        return composed
    }

    private mutating func map(_ start: YAMLEvent, depth: Int) throws(ConfigurationProblem) -> Composed {
        var composed = Composed(node: YAMLNode(position: start.position, content: .map([])))
        var entries: [YAMLEntry] = []
        var merged: [YAMLEntry] = []
        while true {
            let event = try events.next()
            if case .mapEnd = event.kind { break }
            let key = try value(event, depth: depth + 1)
            let value = try value(try events.next(), depth: depth + 1)
            composed.add(key)
            composed.add(value)
            if key.node.content == .scalar("<<", isPlain: true) {
                merged += try mergedEntries(value.node)
            } else {
                entries.append(YAMLEntry(key: try name(key.node), keyPosition: event.position, value: value.node))
            }
        }
        composed.node.content = .map(entries + merged)
        return composed
    }

    private func name(_ key: YAMLNode) throws(ConfigurationProblem) -> String {
        guard case .scalar(let name, _) = key.content else {
            throw ConfigurationProblem("\(key.kind) cannot be a key", at: key.position)
        }
        return name
    }

    /// The entries that a merge key brings in: of a map, or of a list of maps, the earlier before the later.
    private func mergedEntries(_ node: YAMLNode) throws(ConfigurationProblem) -> [YAMLEntry] {
        switch node.content {
        case .map(let entries):
            return entries.map { entry in
                var entry = entry
                entry.isMerged = true
                return entry
            }
        case .list(let maps):
            var entries: [YAMLEntry] = []
            for map in maps {
                guard case .map = map.content else { throw notMergeable(map) }
                entries += try mergedEntries(map)
            }
            return entries
        case .scalar:
            throw notMergeable(node)
        }
    }

    private func notMergeable(_ node: YAMLNode) -> ConfigurationProblem {
        ConfigurationProblem("the merge key '<<' takes a map or a list of maps, not \(node.kind)", at: node.position)
    }
}
