/// Why a text is not JSON, in the words of Go's parser: clients of the control protocol match on them.
public struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let message: String
    /// Where, in bytes from the start of the text.
    public let offset: Int

    /// The text that is shown for it.
    public var description: String { message }
}

extension JSONValue {
    /// How deeply arrays and objects may be nested unless a caller says otherwise.
    public static let defaultMaximumDepth = 64

    /// Reads one JSON value that fills the whole text.
    ///
    /// - Parameters:
    ///   - text: UTF-8; invalid sequences become U+FFFD, as in Go.
    ///   - maximumDepth: the nesting at which the text is refused, a guard against hostile input.
    /// - Throws: ``JSONSyntaxError``.
    public init(parsing text: some Sequence<UInt8>, maximumDepth: Int = defaultMaximumDepth) throws(JSONSyntaxError) {
        let bytes = Array(text)
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        self = try parser.document()
    }

    /// Reads one JSON value that fills the whole text.
    ///
    /// - Throws: ``JSONSyntaxError``.
    public init(parsing text: String, maximumDepth: Int = defaultMaximumDepth) throws(JSONSyntaxError) {
        try self.init(parsing: text.utf8, maximumDepth: maximumDepth)
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let maximumDepth: Int
    var offset = 0

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        let value = try value(depth: 0)
        skipWhitespace()
        guard offset == bytes.count else { throw unexpected("after top-level value") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < maximumDepth else { throw JSONSyntaxError(message: "exceeded max depth", offset: offset) }
        skipWhitespace()
        guard offset < bytes.count else { throw unexpectedEnd }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw unexpected("looking for beginning of value")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONObject {
        offset += 1
        var object = JSONObject()
        skipWhitespace()
        if try take("}") { return object }
        while true {
            skipWhitespace()
            guard offset < bytes.count else { throw unexpectedEnd }
            guard bytes[offset] == UInt8(ascii: "\"") else {
                throw unexpected("looking for beginning of object key string")
            }
            let name = try string()
            skipWhitespace()
            guard try take(":") else { throw unexpected("after object key") }
            object[name] = try value(depth: depth + 1)
            skipWhitespace()
            if try take("}") { return object }
            guard try take(",") else { throw unexpected("after object key:value pair") }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
        offset += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if try take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            skipWhitespace()
            if try take("]") { return elements }
            guard try take(",") else { throw unexpected("after array element") }
        }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        offset += 1
        let start = offset
        // The common case has no escapes: find the end, then take the bytes in one go.
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\""), bytes[offset] != UInt8(ascii: "\\") {
            guard bytes[offset] >= 0x20 else { throw unexpected("in string literal") }
            offset += 1
        }
        guard offset < bytes.count else { throw unexpectedEnd }
        if bytes[offset] == UInt8(ascii: "\"") {
            defer { offset += 1 }
            return String(decoding: bytes[start..<offset], as: UTF8.self)
        }
        var decoded = Array(bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: decoded, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try escape(into: &decoded)
            case 0..<0x20:
                throw unexpected("in string literal")
            default:
                decoded.append(byte)
                offset += 1
            }
        }
        throw unexpectedEnd
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONSyntaxError) {
        offset += 1
        guard offset < bytes.count else { throw unexpectedEnd }
        switch bytes[offset] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(bytes[offset])
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0c)
        case UInt8(ascii: "n"): decoded.append(0x0a)
        case UInt8(ascii: "r"): decoded.append(0x0d)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            offset += 1
            decoded.append(contentsOf: String(Character(try unicodeEscape())).utf8)
            return
        default: throw unexpected("in string escape code")
        }
        offset += 1
    }

    /// Reads the digits after `\u`, and the second half of a surrogate pair; a half alone becomes U+FFFD.
    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = try hexadecimalDigits()
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) ?? replacement }
        let rest = bytes[offset...]
        guard rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else { return replacement }
        let mark = offset
        offset += 2
        let second = try hexadecimalDigits()
        guard (0xDC00..<0xE000).contains(second) else {
            offset = mark
            return replacement
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? replacement
    }

    private mutating func hexadecimalDigits() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard offset < bytes.count else { throw unexpectedEnd }
            guard let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw unexpected("in \\u hexadecimal character escape")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = offset
        var isInteger = true
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "0") {
            offset += 1
        } else {
            try digits()
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try digits("after decimal point in numeric literal")
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try digits("in exponent of numeric literal")
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSONSyntaxError(message: "number out of range", offset: start)
        }
        return .number(value)
    }

    private mutating func digits(_ context: String = "in numeric literal") throws(JSONSyntaxError) {
        guard offset < bytes.count else { throw unexpectedEnd }
        guard isDigit(bytes[offset]) else { throw unexpected(context) }
        while offset < bytes.count, isDigit(bytes[offset]) { offset += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for expected in Array("\(word)".utf8) {
            guard offset < bytes.count else { throw unexpectedEnd }
            guard bytes[offset] == expected else {
                let letter = Character(Unicode.Scalar(expected))
                throw unexpected("in literal \(word) (expecting '\(letter)')")
            }
            offset += 1
        }
        return value
    }

    private mutating func take(_ scalar: Unicode.Scalar) throws(JSONSyntaxError) -> Bool {
        guard offset < bytes.count else { throw unexpectedEnd }
        guard bytes[offset] == UInt8(ascii: scalar) else { return false }
        offset += 1
        return true
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[offset]) { offset += 1 }
    }

    private var unexpectedEnd: JSONSyntaxError {
        JSONSyntaxError(message: "unexpected end of JSON input", offset: bytes.count)
    }

    private func unexpected(_ context: String) -> JSONSyntaxError {
        guard offset < bytes.count else { return unexpectedEnd }
        let scalar = Unicode.Scalar(bytes[offset])
        let quoted: String =
            switch scalar {
            case "'": #"'\''"#
            case "\"": #"'"'"#
            case "\n": #"'\n'"#
            case "\t": #"'\t'"#
            case "\r": #"'\r'"#
            case "\0": #"'\x00'"#
            case "\u{00}"..<"\u{20}", "\u{7F}": "'\\x" + hexadecimal(bytes[offset]) + "'"
            // Not printable in Go's eyes; one of them ends a line.
            case "\u{80}"..."\u{A0}", "\u{AD}": "'\\u00" + hexadecimal(bytes[offset]) + "'"
            default: "'\(scalar)'"
            }
        return JSONSyntaxError(message: "invalid character \(quoted) \(context)", offset: offset)
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
