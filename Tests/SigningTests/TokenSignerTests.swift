import JSON
import Testing

@testable import Signing

@Suite struct `A signed token` {
    private let key: RSAPrivateKey

    init() throws { key = try RSAPrivateKey(pem: TestKeys.privatePKCS1) }

    @Test func `has the header that Receptor writes, and the claims aud and exp alone`() throws {
        let token = try TokenSigner(key: key, expiration: .seconds(300)).sign(audience: "bar", now: 1_000_000)
        let parts = try token.split(separator: ".").map { try #require(Base64URL.decode($0.utf8)) }
        try #require(parts.count == 3)
        #expect(String(decoding: parts[0], as: UTF8.self) == #"{"alg":"RS512","typ":"JWT"}"#)
        #expect(String(decoding: parts[1], as: UTF8.self) == #"{"aud":["bar"],"exp":1000300}"#)
        #expect(parts[2].count == 256)
    }

    @Test func `is the same, byte for byte, as an independent implementation's with the same header`() throws {
        // PKCS#1 v1.5 signatures are deterministic: one signature over the golden token's own text must match.
        let golden = GoldenTokens.audienceList.split(separator: ".")
        let signature = try key.key.signature(of: Array("\(golden[0]).\(golden[1])".utf8))
        #expect(Base64URL.encode(signature) == golden[2])
    }

    @Test(arguments: [
        (Duration.seconds(300), Int64(1300)), (.milliseconds(1), 1001), (.milliseconds(1500), 1002), (.zero, 1000),
        (.seconds(Int64.max), 253_402_300_799),
    ])
    func `ends when its time is over, fractions of a second rounded up`(lifetime: Duration, expected: Int64) throws {
        let token = try TokenSigner(key: key, expiration: lifetime).sign(audience: "bar", now: 1000)
        let claims = try #require(Base64URL.decode(token.split(separator: ".")[1].utf8))
        #expect(try JSONValue(parsing: claims)["exp"]?.integer == expected)
    }

    @Test func `carries any node name unharmed`() throws {
        let name = "b\"a\\r.\u{1F980}\n<&>"
        let token = try TokenSigner(key: key, expiration: .seconds(1)).sign(audience: name, now: 0)
        try TokenVerifier(key: RSAPublicKey(pem: TestKeys.publicPKIX), audience: name).verify(token, now: 0)
    }

    @Test func `is made by many tasks at once with one key`() async throws {
        let signer = TokenSigner(key: key, expiration: .seconds(60))
        let verifier = TokenVerifier(key: try RSAPublicKey(pem: TestKeys.publicPKIX), audience: "bar")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for step in 0..<10 {
                        try verifier.verify(
                            signer.sign(audience: "bar", now: Int64(task * 100 + step)),
                            now: Int64(task * 100 + step)
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
