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

    /// The longest time that a key takes, a hundred years: it can be added to any time of the present in nanoseconds.
    static let longestDuration = Duration.seconds(876_000 * 3600)
    /// The same, as it would be written.
    static let longestDurationText = "876000h"
    /// Whether a text has the form of one duration, however long.
    static func looksLikeDuration(_ text: String) -> Bool {
        let unit = text.drop { $0.isASCII && ($0.isNumber || $0 == ".") }
        return unit.count < text.count && ["ns", "us", "µs", "ms", "s", "m", "h"].contains(unit)
    }

    /// The longest name of a service in the mesh, in bytes (mesh-protocol §3.1).
    static let longestServiceName = 8

    /// Whether a text can name something: it is not empty and has no control characters.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
