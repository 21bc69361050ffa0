internal import ShownText

extension StringProtocol {
    /// The text on one line and without characters that a terminal acts on: what a node says is shown, not obeyed.
    var withoutControlCharacters: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x2028, 0x2029: result.append(" ")
            default: result.append(scalar.isShown ? scalar : "\u{FFFD}")
            }
        }
        return String(result)
    }

    /// The text with spaces up to a width, which is counted in code points.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - unicodeScalars.count))
    }
}
