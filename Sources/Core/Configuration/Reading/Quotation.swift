/// How text from a file is shown in a message: on one line, short, and with nothing that a terminal would obey.
enum Quotation {
    /// - Parameters:
    ///   - text: what to show; never a secret or a command line.
    ///   - limit: the most characters to show.
    static func of(_ text: some StringProtocol, limit: Int = 40) -> String {
        var shown = ""
        for character in text.prefix(limit) {
            // One character can be built of any number of scalars.
            guard character.unicodeScalars.count <= 8 else {
                shown += "\u{FFFD}"
                continue
            }
            for scalar in character.unicodeScalars { shown += isVisible(scalar) ? String(scalar) : escape(scalar) }
        }
        return "'\(shown)\(text.dropFirst(limit).isEmpty ? "" : "…")'"
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: true
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        "\\u{\(String(scalar.value, radix: 16))}"
    }
}
