import JSON
import TimeFormats

/// Signs work for other nodes: `work-signing` (control-protocol §5).
public struct TokenSigner: Sendable {
    /// The latest point of time that RFC 3339 can write, 9999-12-31T23:59:59Z: no token lasts longer.
    private static let latestExpiration: Int64 = 253_402_300_799

    private let key: RSAPrivateKey
    private let lifetime: Int64

    /// - Parameters:
    ///   - key: `work-signing: privatekey`.
    ///   - expiration: `tokenexpiration`, how long a token is valid; fractions of a second are rounded up.
    public init(key: RSAPrivateKey, expiration: Duration) {
        self.key = key
        let seconds = expiration.wholeSeconds
        let (rounded, overflow) = seconds.addingReportingOverflow(expiration > .seconds(seconds) ? 1 : 0)
        lifetime = overflow ? seconds : rounded
    }

    /// A token for one node, valid from now: a JWT with RS512 and the claims `aud` and `exp`, no others.
    ///
    /// - Parameters:
    ///   - audience: the ID of the node that is to do the work.
    ///   - now: seconds since 1970.
    /// - Throws: ``SigningKeyProblem`` when OpenSSL fails.
    public func sign(audience: String, now: Int64) throws(SigningKeyProblem) -> String {
        let (end, overflow) = now.addingReportingOverflow(lifetime)
        let expiration = overflow && lifetime > 0 ? Self.latestExpiration : min(end, Self.latestExpiration)
        let claims: JSONValue = .object(["aud": [.string(audience)], "exp": .integer(expiration)])
        let signed = TokenHeader.encoded + "." + Base64URL.encode(claims.serialized.utf8)
        return signed + "." + Base64URL.encode(try key.key.signature(of: Array(signed.utf8)))
    }
}
