/// Finds the keys that end a raw session, as in ssh: Enter, `~`, `.`. Enter, `~`, `~` sends one `~`.
struct EscapeSequence {
    private enum State { case elsewhere, lineStart, tilde }
    private var state = State.lineStart

    /// Looks at what was typed and takes the escape keys out of it.
    ///
    /// - Returns: `false` when the session is to end.
    mutating func filter(_ bytes: inout [UInt8]) -> Bool {
        var kept: [UInt8] = []
        defer { bytes = kept }
        for byte in bytes {
            let isLineEnd = byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
            switch (state, byte) {
            case (.lineStart, UInt8(ascii: "~")):
                state = .tilde
                continue
            case (.tilde, UInt8(ascii: ".")):
                return false
            case (.tilde, UInt8(ascii: "~")):
                break
            case (.tilde, _):
                kept.append(UInt8(ascii: "~"))
            default:
                break
            }
            kept.append(byte)
            state = isLineEnd ? .lineStart : .elsewhere
        }
        return true
    }
}
