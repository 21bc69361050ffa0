/// A colour of a terminal, by the number of its escape sequence.
enum Colour: Int {
    case bold = 1
    case red = 31
    case green = 32
    case yellow = 33
    case magenta = 35
    case cyan = 36

    /// The text in this colour.
    func applied(to text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
