/// How the text of a scalar is understood.
enum Scalar {
    /// YAML 1.1's words for true and false, in any case.
    static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "y": true
        case "false", "no", "off", "n": false
        default: nil
        }
    }

    /// A decimal number. Leading zeros are refused: YAML 1.1 reads them as octal, people as decimal.
    static func integer<Number: FixedWidthInteger>(_ text: String) -> Number? {
        let digits = text.drop { $0 == "-" }
        guard digits.first != "+", digits.count == 1 || digits.first != "0" else { return nil }
        return Number(text)
    }

    /// A decimal number with or without a fraction; not infinite and not NaN.
    static func number(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }) else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// File permissions. `0600`, `600` and `0o600` are the same: nobody thinks of permissions in decimal.
    static func permissions(_ text: String) -> UInt32? {
        let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
        return UInt32(digits, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
    }

    /// Whether a text can name something: it is not empty and has no control characters.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
