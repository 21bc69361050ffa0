import JSON
import Testing

@testable import workceptorctl

@Suite struct `Text as Python writes it` {
    @Test func `is JSON with sorted keys, four spaces and nothing but ASCII`() throws {
        let value = try JSONValue(parsing: #"{"b":[1,2.5,true,null],"a":{"<é😀>":"x\u0001\n\"\\/"},"c":[],"Z":{}}"#)
        let expected = #"""
            {
                "Z": {},
                "a": {
                    "<\u00e9\ud83d\ude00>": "x\u0001\n\"\\/"
                },
                "b": [
                    1,
                    2.5,
                    true,
                    null
                ],
                "c": []
            }
            """#
        #expect(PythonText.json(value) == expected)
    }

    @Test func `is the representation of a value`() {
        let value: JSONValue = ["a": "x", "b": "it's", "c": #"'""#, "d": [nil, true, false, 1, 1.5], "e": "\n\u{01}é"]
        #expect(
            PythonText.representation(of: value)
                == #"{'a': 'x', 'b': "it's", 'c': '\'"', 'd': [None, True, False, 1, 1.5], 'e': '\n\x01é'}"#
        )
        #expect(PythonText.string(of: "x") == "x")
    }
}
