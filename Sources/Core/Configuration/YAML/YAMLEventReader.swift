internal import CYAML
internal import Workceptor

/// libyaml's parser over bytes in memory.
///
/// Events rather than libyaml's documents: nesting is bounded while diagnostics, not after it.
final class YAMLEventReader {
    // In memory of its own: libyaml keeps pointers into the structure.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String

    /// - Parameters:
    ///   - bytes: UTF-8, alive for as long as the reader is.
    ///   - file: the name for messages.
    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(ConfigurationProblem) {
        parser = .allocate(capacity: 1)
        self.bytes = bytes
        self.file = file
        // The deinitialiser runs even so: what could not be initialised is zeroed, and may be deleted.
        guard yaml_parser_initialize(parser) == 1 else { throw ConfigurationProblem("out of memory") }
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The next event; not to be called after the end of the stream or an error.
    func next() throws(ConfigurationProblem) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxProblem }
        defer { yaml_event_delete(&event) }
        let position = position(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, position: position)
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, position: position)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, position: position)
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .listEnd, position: position)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mapEnd, position: position)
        case YAML_ALIAS_EVENT:
            return YAMLEvent(kind: .alias(string(event.data.alias.anchor) ?? ""), position: position)
        case YAML_SEQUENCE_START_EVENT:
            let list = event.data.sequence_start
            return YAMLEvent(
                kind: .listStart,
                position: position,
                anchor: string(list.anchor),
                tag: string(list.tag)
            )
        case YAML_MAPPING_START_EVENT:
            let map = event.data.mapping_start
            return YAMLEvent(kind: .mapStart, position: position, anchor: string(map.anchor), tag: string(map.tag))
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length),
                as: UTF8.self
            )
            return YAMLEvent(
                kind: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                position: position,
                anchor: string(scalar.anchor),
                tag: string(scalar.tag)
            )
        default: return YAMLEvent(kind: .streamEnd, position: position)
        }
    }

    private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private var syntaxProblem: ConfigurationProblem {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "not valid YAML"
        guard state.error != YAML_READER_ERROR else {
            // The reader is ahead of the scanner and knows bytes, not lines.
            let place = SourcePosition(file: file, offset: Int(state.problem_offset), in: bytes)
            return ConfigurationProblem("YAML: \(problem)", at: place)
        }
        let context = state.context.map { String(cString: $0) }
        return ConfigurationProblem(
            "YAML: \(problem)",
            at: problemPosition(state.problem_mark),
            hint: context.map { "\($0) from line \(problemPosition(state.context_mark).line)" }
        )
    }

    /// libyaml puts what is missing at the end of a file on a line of its own, which need not be there.
    private func problemPosition(_ mark: yaml_mark_t) -> SourcePosition {
        let end = SourcePosition(file: file, offset: bytes.count, in: bytes)
        let place = position(mark)
        return place.line > end.line ? end : place
    }
}
