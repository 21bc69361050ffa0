import COpenSSL

/// Creates the pair of keys that signed work needs: what `openssl genrsa` and `openssl rsa -pubout` create.
public enum RSAKeyPair {
    /// The sizes that can be created, in bits: up to OpenSSL's own limit for verification.
    public static let sizes = 2048...16384

    /// Creates a pair.
    ///
    /// - Parameter bits: the size of the key, one of ``sizes``; 4,096 bits take seconds.
    /// - Returns: the private key in PKCS#1 and the public key in PKIX, both PEM, as control-protocol §5 has them.
    /// - Throws: ``SigningKeyProblem``.
    public static func generate(
        bits: Int = 2048
    ) throws(SigningKeyProblem) -> (privatePEM: String, publicPEM: String) {
        guard sizes.contains(bits) else {
            let code: SigningKeyProblem.Code = bits < sizes.lowerBound ? .tooShort : .cryptography
            throw SigningKeyProblem(
                code,
                "a key of \(bits) bits cannot be created: choose \(sizes.lowerBound) to \(sizes.upperBound)"
            )
        }
        defer { ERR_clear_error() }
        let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
        defer { EVP_PKEY_CTX_free(context) }
        var created: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_rsa_keygen_bits(context, CInt(bits)) == 1,
            EVP_PKEY_generate(context, &created) == 1, let created
        else { throw SigningKeyProblem(.cryptography, "cannot create a key: \(OpenSSLKey.reason)") }
        let key = try OpenSSLKey(taking: created, subject: "new key")
        return (privatePEM: try key.pem(.privateKey), publicPEM: try key.pem(.publicKey))
    }
}
