import COpenSSL

/// An RSA key in OpenSSL's hands.
///
/// `@unchecked Sendable`: the `EVP_PKEY` is not changed after `init`, its reference count is atomic, and OpenSSL 3
/// allows any number of threads to use one key at a time as long as each has an `EVP_MD_CTX` of its own, which
/// ``signature(of:)`` and ``verifies(_:of:)`` create for themselves.
final class OpenSSLKey: @unchecked Sendable {
    /// The fewest bits accepted: NIST SP 800-131A has not allowed shorter RSA keys since 2014.
    static let minimumBits = 2048

    private let key: OpaquePointer

    /// Which half of a pair a key is.
    enum Half {
        case privateKey
        case publicKey
    }

    /// Takes over an `EVP_PKEY`.
    ///
    /// - Throws: ``SigningKeyProblem`` when it is not RSA or too short; the key is then freed.
    init(taking key: OpaquePointer, subject: String) throws(SigningKeyProblem) {
        // All stored properties first, so that deinit frees the key on every way out.
        self.key = key
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            throw SigningKeyProblem(.wrongKind, "\(subject): not an RSA key, and RS512 signatures need one")
        }
        guard bits >= Self.minimumBits else {
            throw SigningKeyProblem(
                .tooShort,
                "\(subject): the key has \(bits) bits, at least \(Self.minimumBits) are required"
            )
        }
    }

    deinit { EVP_PKEY_free(key) }

    /// Reads the first key of that half from a PEM text.
    static func read(_ half: Half, pem: [UInt8], subject: String) throws(SigningKeyProblem) -> OpenSSLKey {
        defer { ERR_clear_error() }
        // Without a callback of ours OpenSSL would ask for a passphrase on the terminal.
        let noPassphrase: @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?) -> CInt
        noPassphrase = { _, _, _, _ in -1 }
        let key: OpaquePointer? = pem.withUnsafeBytes { bytes in
            // The BIO only points to the bytes: it must not outlive this closure.
            let bio = BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count))
            defer { BIO_free(bio) }
            return switch half {
            case .privateKey: PEM_read_bio_PrivateKey(bio, nil, noPassphrase, nil)
            case .publicKey: PEM_read_bio_PUBKEY(bio, nil, noPassphrase, nil)
            }
        }
        guard let key else {
            throw SigningKeyProblem(.notPEM, "\(subject): the PEM block is damaged: copy the file again")
        }
        return try OpenSSLKey(taking: key, subject: subject)
    }

    /// The size of the modulus.
    var bits: Int { Int(EVP_PKEY_get_bits(key)) }

    /// The size of every signature, in bytes.
    var signatureSize: Int { Int(EVP_PKEY_get_size(key)) }

    /// Signs a message: RSASSA-PKCS1-v1_5 with SHA-512 (RFC 7518 §3.3).
    func signature(of message: [UInt8]) throws(SigningKeyProblem) -> [UInt8] {
        defer { ERR_clear_error() }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var size = signatureSize
        var signature = [UInt8](repeating: 0, count: size)
        guard EVP_DigestSignInit(context, nil, EVP_sha512(), nil, key) == 1,
            EVP_DigestSign(context, &signature, &size, message, message.count) == 1
        else { throw SigningKeyProblem(.cryptography, "cannot sign: \(Self.reason)") }
        return Array(signature.prefix(size))
    }

    /// Whether a signature is this key's over a message.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        guard signature.count == signatureSize else { return false }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, EVP_sha512(), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// The half of the key as PEM: the private half in PKCS#1, the public one in PKIX.
    func pem(_ half: Half) throws(SigningKeyProblem) -> String {
        defer { ERR_clear_error() }
        // Secure memory where the private half is written, so that OpenSSL wipes it.
        let bio = BIO_new(half == .privateKey ? BIO_s_secmem() : BIO_s_mem())
        defer { BIO_free(bio) }
        let written =
            switch half {
            case .privateKey: PEM_write_bio_PrivateKey_traditional(bio, key, nil, nil, 0, nil, nil)
            case .publicKey: PEM_write_bio_PUBKEY(bio, key)
            }
        guard written == 1 else { throw SigningKeyProblem(.cryptography, "cannot write the key: \(Self.reason)") }
        let size = BIO_ctrl_pending(bio)
        return String(unsafeUninitializedCapacity: size) { Int(max(0, BIO_read(bio, $0.baseAddress, CInt($0.count)))) }
    }

    /// What OpenSSL says of the latest failure on this thread.
    static var reason: String {
        guard let words = ERR_reason_error_string(ERR_peek_last_error()) else { return "OpenSSL gives no reason" }
        return String(cString: words)
    }
}
