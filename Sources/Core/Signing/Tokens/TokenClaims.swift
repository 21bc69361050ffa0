import JSON

/// The claims of a token (RFC 7519 §4.1) that decide whether it holds here and now.
struct TokenClaims {
    /// The nodes that the token is for.
    let audience: [String]
    /// When the token ends, in seconds since 1970.
    let expiration: Double
    /// When the token begins, in seconds since 1970.
    let notBefore: Double?

    /// Reads the claims of a token whose signature has been verified.
    init(parsing bytes: [UInt8]) throws(SignatureProblem) {
        guard let claims = try? JSONValue(parsing: bytes, maximumDepth: 16).object else {
            throw .malformed("its claims are not a JSON object")
        }
        guard let expiration = try Self.time("exp", of: claims) else {
            throw SignatureProblem(.claim, "the token never expires, it has no \"exp\" claim: sign with --signwork")
        }
        self.expiration = expiration
        notBefore = try Self.time("nbf", of: claims)
        // When it was issued decides nothing, but a claim that makes no sense is no reason for trust.
        _ = try Self.time("iat", of: claims)
        audience = try Self.audience(of: claims)
    }

    private static func time(_ name: String, of claims: JSONObject) throws(SignatureProblem) -> Double? {
        guard let value = claims[name] else { return nil }
        guard let seconds = value.number else {
            throw SignatureProblem(
                .claim,
                "the token's \"\(name)\" claim is not a number of seconds: sign with --signwork"
            )
        }
        return seconds
    }

    /// RFC 7519 §4.1.3: one name, or a list of them.
    private static func audience(of claims: JSONObject) throws(SignatureProblem) -> [String] {
        switch claims["aud"] {
        case nil:
            throw SignatureProblem(.claim, "the token names no node, it has no \"aud\" claim: sign with --signwork")
        case .string(let node):
            return [node]
        case .array(let elements) where elements.allSatisfy { $0.string != nil }:
            return elements.compactMap(\.string)
        default:
            throw SignatureProblem(
                .claim,
                "the token's \"aud\" claim is neither a name nor a list of names: sign with --signwork"
            )
        }
    }
}
