/// Splits a line into words as Receptor does, which follows the shell with three differences: a backslash protects
/// whatever follows it, a newline included; within double quotes too, where the backslash itself always goes; and `#`
/// begins a comment wherever a word could begin. Nothing is expanded.
enum ShellWords {
    private enum Position {
        case between, comment, word, escaped, singleQuoted, doubleQuoted, escapedInQuotes
    }

    /// The words; `nil` when a quote is not closed or the line ends with a backslash.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: [UInt8] = []
        var position = Position.between
        // What matters is ASCII, and no byte of another character is.
        for byte in line.utf8 {
            switch (position, byte) {
            case (.comment, _):
                if byte == UInt8(ascii: "\n") { position = .between }
            case (.escaped, _):
                word.append(byte)
                position = .word
            case (.escapedInQuotes, _):
                word.append(byte)
                position = .doubleQuoted
            case (.singleQuoted, UInt8(ascii: "'")), (.doubleQuoted, UInt8(ascii: "\"")):
                position = .word
            case (.doubleQuoted, UInt8(ascii: "\\")):
                position = .escapedInQuotes
            case (.singleQuoted, _), (.doubleQuoted, _):
                word.append(byte)
            case (_, UInt8(ascii: " ")), (_, UInt8(ascii: "\t")), (_, UInt8(ascii: "\r")), (_, UInt8(ascii: "\n")):
                if position == .word { words.append(take(&word)) }
                position = .between
            case (_, UInt8(ascii: "'")):
                position = .singleQuoted
            case (_, UInt8(ascii: "\"")):
                position = .doubleQuoted
            case (_, UInt8(ascii: "\\")):
                position = .escaped
            case (.between, UInt8(ascii: "#")):
                position = .comment
            default:
                word.append(byte)
                position = .word
            }
        }
        switch position {
        case .between, .comment: return words
        case .word: return words + [take(&word)]
        case .escaped, .singleQuoted, .doubleQuoted, .escapedInQuotes: return nil
        }
    }

    private static func take(_ word: inout [UInt8]) -> String {
        defer { word.removeAll(keepingCapacity: true) }
        return String(decoding: word, as: UTF8.self)
    }

    /// What is wrong with a line that is to be split; `nil` when nothing is.
    ///
    /// - Parameter name: what the line is called where it comes from.
    static func problem(_ line: String, named name: String) -> String? {
        if line.utf8.contains(0) { return "\(name) has a zero byte, which no argument of a command can have" }
        if split(line) == nil { return "\(name) has a quote that is not closed, or ends with a backslash" }
        return nil
    }
}
