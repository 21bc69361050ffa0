import Testing

@testable import workceptorctl

@Suite struct `The escape keys of a raw session` {
    private func type(_ pieces: String...) -> (sent: String, goesOn: Bool) {
        var escape = EscapeSequence()
        var sent = ""
        for piece in pieces {
            var bytes = Array(piece.utf8)
            let goesOn = escape.filter(&bytes)
            sent += String(decoding: bytes, as: UTF8.self)
            if !goesOn { return (sent, false) }
        }
        return (sent, true)
    }

    @Test func `end it after a line end, and at the start`() {
        #expect(type("ls\r~.more") == ("ls\r", false))
        #expect(type("~.") == ("", false))
        #expect(type("x\r", "~", ".") == ("x\r", false))
    }

    @Test func `are taken for text elsewhere`() {
        #expect(type("cd ~.\r") == ("cd ~.\r", true))
        #expect(type("\r~x") == ("\r~x", true))
        #expect(type("\r~~.") == ("\r~.", true))
        #expect(type("\r~\r~.") == ("\r~\r", false))
    }
}
