@testable import Signing

/// Makes tokens that no honest signer makes, signed with the right key all the same.
enum TokenForge {
    static let header = #"{"alg":"RS512","typ":"JWT"}"#

    /// A token with any header and any claims.
    static func token(header: String = header, claims: String) throws -> String {
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8)
        let key = try RSAPrivateKey(pem: TestKeys.privatePKCS1)
        return signed + "." + Base64URL.encode(try key.key.signature(of: Array(signed.utf8)))
    }
}
