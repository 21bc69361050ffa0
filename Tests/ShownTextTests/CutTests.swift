import ShownText
import Testing

@Suite struct `Cutting a text` {
    @Test(
        arguments: [
            ("short", 80, "short"), ("abcdef", 3, "abc"), ("aé", 2, "a"), ("aé", 3, "aé"), ("😀😀", 7, "😀"), ("😀", 3, ""),
        ]
    )
    func `keeps whole characters`(text: String, limit: Int, kept: String) {
        #expect(text.cut(toBytes: limit) == kept)
    }

    @Test func `bounds a character of any length`() {
        let endless = "e" + String(repeating: "\u{301}", count: 100_000)
        #expect(endless.count == 1)
        #expect(endless.cut(toBytes: 80).utf8.count == 79)
    }
}
