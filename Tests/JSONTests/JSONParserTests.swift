import JSON
import Testing

@Suite struct `JSON text` {
    @Test(arguments: [
        #"{"State":2,"Detail":"exit status 0","StdoutSize":21,"WorkType":"echoint","ExtraData":null}"#,
        #"[1,-2,2.5,true,false,null,"","a\"b\\c\n"]"#,
        #"{"html":"\u003ca\u0026b\u003e","nested":{"z":[],"a":{}}}"#,
    ])
    func `is written back as it was read, members in their order`(text: String) throws {
        #expect(try JSONValue(parsing: text).serialized == text)
    }

    @Test(arguments: [
        ("{bad", "invalid character 'b' looking for beginning of object key string"),
        ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
        ("", "unexpected end of JSON input"),
        ("{\"a\"", "unexpected end of JSON input"),
        ("[1 2]", "invalid character '2' after array element"),
        ("1 x", "invalid character 'x' after top-level value"),
        ("trux", "invalid character 'x' in literal true (expecting 'e')"),
        ("\"a\u{01}\"", "invalid character '\\x01' in string literal"),
        ("01", "invalid character '1' after top-level value"),
        ("1.", "unexpected end of JSON input"),
    ])
    func `is refused in the words of Go's parser`(text: String, message: String) {
        #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONSyntaxError)?.message == message }
    }

    @Test(arguments: [0x80, 0x85, 0x9F, 0xA0, 0xAD] as [UInt8])
    func `with a byte that cannot be printed is refused in one line that quotes it`(byte: UInt8) {
        let message = "invalid character '\\u00\(String(byte, radix: 16))' looking for beginning of value"
        #expect { try JSONValue(parsing: [byte]) } throws: { ($0 as? JSONSyntaxError)?.message == message }
    }

    @Test func `that is nested too deeply is refused`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    }

    @Test func `with escaped surrogate pairs and lone halves is decoded`() throws {
        #expect(try JSONValue(parsing: #""\ud83d\ude00 \ud83d x""#) == .string("\u{1F600} \u{FFFD} x"))
    }

    @Test func `with a duplicate key keeps the later value`() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"a":2}"#).serialized == #"{"a":2}"#)
    }

    @Test func `objects with many members are found by name`() throws {
        var object = JSONObject()
        for number in 0..<100 { object["key\(number)"] = .integer(Int64(number)) }
        object["key50"] = nil
        #expect(object.count == 99 && object["key99"] == 99 && object["key50"] == nil)
    }
}
