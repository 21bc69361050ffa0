import JSON
import Testing

@testable import Signing

@Suite struct `A verifier on node bar` {
    private let verifier: TokenVerifier
    private static let malformed = "the signature is not a JSON web token, "

    init() throws {
        verifier = TokenVerifier(key: try RSAPublicKey(pem: TestKeys.publicPKIX), audience: "bar")
    }

    // MARK: What it accepts

    @Test(arguments: [
        GoldenTokens.audienceList, GoldenTokens.audienceString, GoldenTokens.fractionalExpiration,
    ])
    func `accepts an independent implementation's tokens until the second in which they end`(token: String) throws {
        try verifier.verify(token, now: GoldenTokens.expiration - 1)
        #expect(refusal(of: token, now: GoldenTokens.expiration + 1)?.code == .expired)
    }

    @Test func `takes a fraction of a second in exp at its word`() throws {
        try verifier.verify(GoldenTokens.fractionalExpiration, now: GoldenTokens.expiration)
        #expect(refusal(of: GoldenTokens.audienceList, now: GoldenTokens.expiration)?.code == .expired)
    }

    @Test(arguments: [
        #"{"aud":["foo","bar"],"exp":2000,"nbf":1000,"iat":900,"sub":"x","deep":{"a":[1,{"b":2}]}}"#,
        #"{"aud":"bar","exp":2e3}"#,
        #"{"aud":"bar","exp":1e300,"nbf":-1.5}"#,
        #" { "exp" : 2000 , "aud" : [ "bar" ] } "#,
    ])
    func `accepts further claims, both forms of aud and every form of number`(claims: String) throws {
        try verifier.verify(TokenForge.token(claims: claims), now: 1000)
    }

    @Test(arguments: [
        #"{"typ":"JWT","alg":"RS512"}"#, #"{"alg":"RS512"}"#, #"{"alg":"RS512","kid":"1","typ":"at+jwt"}"#,
    ])
    func `accepts further header members`(header: String) throws {
        try verifier.verify(TokenForge.token(header: header, claims: #"{"aud":"bar","exp":2000}"#), now: 1000)
    }

    // MARK: What it refuses, and in which words

    @Test func `names both clocks when a token has expired`() {
        expect(
            GoldenTokens.audienceList,
            now: GoldenTokens.expiration + 5,
            .expired,
            "token expired at 2026-11-24T10:00:00Z, it is 2026-11-24T10:00:05Z on node bar: "
                + "raise tokenexpiration on the signer or set the clocks"
        )
    }

    @Test func `names both clocks when a token is not valid yet`() throws {
        expect(
            try TokenForge.token(claims: #"{"aud":"bar","exp":2000000000,"nbf":1795514400}"#),
            now: GoldenTokens.expiration - 1,
            .notYetValid,
            "token is not valid before 2026-11-24T10:00:00Z (nbf), it is 2026-11-24T09:59:59Z on node bar: "
                + "set the clocks"
        )
    }

    @Test(arguments: [
        (#""baz""#, #"node "baz""#),
        (#"["baz"]"#, #"node "baz""#),
        (#"["foo","baz"]"#, #"nodes "foo", "baz""#),
        (#"["a","b","c","d","e"]"#, #"nodes "a", "b", "c" and 2 more"#),
        ("[]", "no node"),
        (#""Bar""#, #"node "Bar""#),
        (#""bar ""#, #"node "bar ""#),
        (#""b\n\u001b[31mr""#, #"node "b\n\u001b[31mr""#),
    ])
    func `names both nodes when a token is for another one`(audience: String, named: String) throws {
        expect(
            try TokenForge.token(claims: #"{"aud":\#(audience),"exp":2000}"#),
            .audience,
            #"token is for \#(named), this node is "bar": submit to the node that the token names"#
        )
    }

    @Test func `cuts long node names`() throws {
        let name = String(repeating: "n", count: 1000)
        let problem = try refusal(of: TokenForge.token(claims: #"{"aud":"\#(name)","exp":2000}"#))
        #expect(problem?.message.utf8.count ?? .max < 250)
        #expect(problem?.message.contains("nnn…\"") == true)
    }

    @Test func `says which key to change when the signature is another's`() {
        expect(
            GoldenTokens.otherSigner,
            now: 1000,
            .signature,
            "signature does not match this node's work-verification public key: sign with the private key of that "
                + "pair, or set publickey on node bar to the signer's"
        )
    }

    @Test(arguments: [
        (GoldenTokens.rs256, "RS256"), (GoldenTokens.ps512, "PS512"), (GoldenTokens.hs512, "HS512"),
    ])
    func `accepts no other algorithm, not even with the right key`(token: String, name: String) {
        expect(token, now: 1000, .algorithm, "algorithm \"\(name)\" is not accepted: only RS512 is")
    }

    @Test(arguments: ["none", "None", "NONE", "rs512", "RS512 ", "", "HS512", "A\u{1b}[0m"])
    func `accepts no other name for the algorithm, signed or not`(name: String) throws {
        let header = JSONValue.object(["alg": .string(name)]).serialized
        let claims = #"{"aud":"bar","exp":2000}"#
        let unsigned = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8) + "."
        for token in [unsigned, try TokenForge.token(header: header, claims: claims)] {
            expect(
                token,
                .algorithm,
                "algorithm \(JSONValue.string(name).serialized) is not accepted: only RS512 is"
            )
        }
    }

    @Test func `never uses a key that the token brings along`() throws {
        let pair = try RSAKeyPair.generate()
        let header =
            #"{"alg":"RS512","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"},"x5u":"http://127.0.0.1/","kid":"../../k"}"#
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(#"{"aud":"bar","exp":2000}"#.utf8)
        let signature = try RSAPrivateKey(pem: pair.privatePEM).key.signature(of: Array(signed.utf8))
        #expect(refusal(of: signed + "." + Base64URL.encode(signature))?.code == .signature)
    }

    @Test func `refuses extensions that must be understood`() throws {
        expect(
            try TokenForge.token(header: #"{"alg":"RS512","crit":["b64"],"b64":false}"#, claims: "{}"),
            .algorithm,
            "the token's header demands extensions (crit): none is supported"
        )
    }

    @Test(arguments: [
        (#"{"aud":"bar"}"#, #"the token never expires, it has no "exp" claim"#),
        (#"{"aud":"bar","exp":"2000"}"#, #"the token's "exp" claim is not a number of seconds"#),
        (#"{"aud":"bar","exp":null}"#, #"the token's "exp" claim is not a number of seconds"#),
        (#"{"aud":"bar","exp":2000,"nbf":true}"#, #"the token's "nbf" claim is not a number of seconds"#),
        (#"{"aud":"bar","exp":2000,"iat":"now"}"#, #"the token's "iat" claim is not a number of seconds"#),
        (#"{"exp":2000}"#, #"the token names no node, it has no "aud" claim"#),
        (#"{"aud":7,"exp":2000}"#, #"the token's "aud" claim is neither a name nor a list of names"#),
        (#"{"aud":["bar",7],"exp":2000}"#, #"the token's "aud" claim is neither a name nor a list of names"#),
        (#"{"aud":{"bar":1},"exp":2000}"#, #"the token's "aud" claim is neither a name nor a list of names"#),
        (#"{"aud":null,"exp":2000}"#, #"the token's "aud" claim is neither a name nor a list of names"#),
    ])
    func `names the claim that is missing or of the wrong kind`(claims: String, message: String) throws {
        expect(try TokenForge.token(claims: claims), .claim, message + ": sign with --signwork")
    }

    @Test(arguments: ["", "[]", "null", "{", "\"x\"", #"{"exp":1e999}"#])
    func `refuses claims that are no JSON object`(claims: String) throws {
        expect(
            try TokenForge.token(claims: claims),
            .malformed,
            Self.malformed + "its claims are not a JSON object: sign with --signwork"
        )
    }

    @Test(arguments: [
        ("", "it is empty"),
        ("hello", "it does not have three parts"),
        ("a.b", "it does not have three parts"),
        ("a.b.c.d", "it does not have three parts"),
        ("..", "its header cannot be read"),
        ("e30.e30.AA", "its header names no algorithm (alg)"),
        ("eyJhbGciOjF9.e30.AA", "its header names no algorithm (alg)"),
        ("W10.e30.AA", "its header cannot be read"),
        (TokenHeader.encoded + ".e30=.AA", "it is not base64url"),
        (TokenHeader.encoded + ".e30.A", "it is not base64url"),
        (TokenHeader.encoded + "=.e30.AA", "its header cannot be read"),
        (String(repeating: "A", count: 8193), "it is longer than 8192 bytes"),
        (String(repeating: "A", count: 1025) + ".e30.AA", "its header cannot be read"),
        (" " + GoldenTokens.audienceList, "its header cannot be read"),
        (GoldenTokens.audienceList + "\n", "it is not base64url"),
    ])
    func `refuses what is not a token`(token: String, detail: String) {
        expect(token, .malformed, Self.malformed + detail + ": sign with --signwork")
    }

    @Test func `refuses a signature of the wrong length`() {
        let golden = GoldenTokens.audienceList
        let parts = golden.split(separator: ".")
        for signature in ["", "AA", "\(parts[2])\(parts[2])"] {
            #expect(refusal(of: "\(parts[0]).\(parts[1]).\(signature)") != nil)
        }
    }

    private func refusal(of token: String, now: Int64 = 1000) -> SignatureProblem? {
        do {
            try verifier.verify(token, now: now)
            return nil
        } catch {
            return error
        }
    }

    private func expect(
        _ token: String,
        now: Int64 = 1000,
        _ code: SignatureProblem.Code,
        _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let problem = refusal(of: token, now: now)
        #expect(problem?.code == code, sourceLocation: sourceLocation)
        #expect(problem?.message == message, sourceLocation: sourceLocation)
    }
}
