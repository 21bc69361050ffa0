import TestSupport
import Testing

@testable import Signing

@Suite struct `base64url` {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func `encodes and decodes the vectors of RFC 4648 without their padding`(text: String, encoded: String) {
        #expect(Base64URL.encode(text.utf8) == encoded)
        #expect(Base64URL.decode(encoded.utf8) == Array(text.utf8))
    }

    @Test func `uses the two characters that are safe in URLs`() {
        #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
        #expect(Base64URL.decode("-__-".utf8) == [0xfb, 0xff, 0xfe])
    }

    @Test(arguments: [
        "Zg==", "Z", "Zm9vY", "Zh", "Zm9", "Zg\n", " Zg", "+/+/", "Z.g", "Zm9v\u{0}", "Zé",
    ])
    func `refuses padding, strange characters, impossible lengths and stray bits`(encoded: String) {
        #expect(Base64URL.decode(encoded.utf8) == nil)
    }

    @Test func `returns every byte string unchanged`() {
        var generator = SeededGenerator(seed: 1)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
        }
    }
}
