extension StringProtocol {
    /// The text on one line and without characters that a terminal acts on: what a node says is shown, not obeyed.
    var withoutControlCharacters: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: result.append(" ")
            case 0..<0x20, 0x7F..<0xA0: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// The text with spaces up to a width, which is counted in code points.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - unicodeScalars.count))
    }
}
