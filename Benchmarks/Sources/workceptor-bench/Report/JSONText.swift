/// A value of the JSON output.
indirect enum JSONText: Sendable, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSONText])
    case object([(String, JSONText)])

    init(dictionaryLiteral elements: (String, JSONText)...) { self = .object(elements) }

    init(arrayLiteral elements: JSONText...) { self = .list(elements) }

    /// The value as JSON, an entry of a list or object on a line of its own down to a depth.
    func rendered(depth: Int = 2, indent: String = "") -> String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let value): value.isFinite ? Decimal.short((value * 1e6).rounded() / 1e6) : "null"
        case .text(let value): Self.quoted(value)
        case .list(let values):
            Self.block("[", values.map { $0.rendered(depth: depth - 1, indent: indent + "  ") }, "]", depth, indent)
        case .object(let members):
            Self.block(
                "{",
                members.map { "\(Self.quoted($0)): \($1.rendered(depth: depth - 1, indent: indent + "  "))" },
                "}",
                depth,
                indent
            )
        }
    }

    private static func block(_ open: String, _ parts: [String], _ close: String, _ depth: Int, _ indent: String)
        -> String
    {
        guard depth > 0, !parts.isEmpty else { return open + parts.joined(separator: ", ") + close }
        let inner = indent + "  "
        return "\(open)\n\(inner)\(parts.joined(separator: ",\n\(inner)"))\n\(indent)\(close)"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20: quoted += "?"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
