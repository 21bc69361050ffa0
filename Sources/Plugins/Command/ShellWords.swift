/// Splits a line into words as a POSIX shell does: blanks separate, quotes and backslashes protect. Nothing is expanded.
enum ShellWords {
    /// The words; `nil` when a quote is not closed or the line ends with a backslash.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var rest = line.unicodeScalars.makeIterator()
        while let scalar = rest.next() {
            switch scalar {
            case " ", "\t", "\n", "\r":
                if let complete = word { words.append(complete) }
                word = nil
            case "'":
                guard let quoted = singleQuoted(&rest) else { return nil }
                word = (word ?? "") + quoted
            case "\"":
                guard let quoted = doubleQuoted(&rest) else { return nil }
                word = (word ?? "") + quoted
            case "\\":
                guard let next = rest.next() else { return nil }
                // A backslash before a newline joins the lines.
                if next != "\n" { word = (word ?? "") + String(next) }
            default:
                word = (word ?? "") + String(scalar)
            }
        }
        if let complete = word { words.append(complete) }
        return words
    }

    private static func singleQuoted(_ rest: inout String.UnicodeScalarView.Iterator) -> String? {
        var text = String.UnicodeScalarView()
        while let scalar = rest.next() {
            if scalar == "'" { return String(text) }
            text.append(scalar)
        }
        return nil
    }

    private static func doubleQuoted(_ rest: inout String.UnicodeScalarView.Iterator) -> String? {
        var text = String.UnicodeScalarView()
        while let scalar = rest.next() {
            switch scalar {
            case "\"":
                return String(text)
            case "\\":
                guard let next = rest.next() else { return nil }
                switch next {
                case "\n": break
                case "$", "`", "\"", "\\": text.append(next)
                default: text.append(contentsOf: [scalar, next])
                }
            default:
                text.append(scalar)
            }
        }
        return nil
    }
}
