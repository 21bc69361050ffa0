import JSON

/// Writes values as Python does, because scripts were written against the output of a Python program.
enum PythonText {
    /// `json.dumps(value, indent=4, sort_keys=True)`.
    static func json(_ value: JSONValue) -> String {
        var text = ""
        write(value, level: 0, to: &text)
        return text
    }

    /// `str(value)`.
    static func string(of value: JSONValue) -> String {
        value.string ?? representation(of: value)
    }

    /// `repr(value)`.
    static func representation(of value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): String(value)
        case .number(let value): "\(value)"
        case .string(let value): quoted(value)
        case .array(let elements): "[" + elements.map(representation).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.members.map { "\(quoted($0.name)): \(representation(of: $0.value))" }.joined(separator: ", ")
                + "}"
        }
    }

    private static func write(_ value: JSONValue, level: Int, to text: inout String) {
        func newLine(_ level: Int) { text += "\n" + String(repeating: " ", count: 4 * level) }
        switch value {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += "\(value)"
        case .string(let value): writeJSON(value, to: &text)
        case .array(let elements):
            guard !elements.isEmpty else { return text += "[]" }
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                newLine(level + 1)
                write(element, level: level + 1, to: &text)
            }
            newLine(level)
            text += "]"
        case .object(let object):
            guard !object.isEmpty else { return text += "{}" }
            text += "{"
            for (index, member) in sorted(object).enumerated() {
                if index > 0 { text += "," }
                newLine(level + 1)
                writeJSON(member.name, to: &text)
                text += ": "
                write(member.value, level: level + 1, to: &text)
            }
            newLine(level)
            text += "}"
        }
    }

    /// Python compares strings by code points.
    private static func sorted(_ object: JSONObject) -> [(name: String, value: JSONValue)] {
        object.members.sorted { $0.name.unicodeScalars.lexicographicallyPrecedes($1.name.unicodeScalars) }
    }

    private static func writeJSON(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case " "..."~": text.unicodeScalars.append(scalar)
            default: for unit in UTF16.encode(scalar) ?? .init() { text += "\\u" + hexadecimal(UInt32(unit), 4) }
            }
        }
        text += "\""
    }

    private static func quoted(_ string: String) -> String {
        let quote: Unicode.Scalar = string.contains("'") && !string.contains("\"") ? "\"" : "'"
        var text = String(quote)
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case quote: text += "\\" + String(quote)
            case "\u{00}"..<"\u{20}", "\u{7F}"..."\u{A0}", "\u{AD}": text += "\\x" + hexadecimal(scalar.value, 2)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + String(quote)
    }

    private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
