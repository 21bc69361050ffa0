/// The key that signs work: `work-signing: privatekey` (control-protocol §5, configuration).
///
/// PEM, PKCS#1 (`BEGIN RSA PRIVATE KEY`) or PKCS#8 (`BEGIN PRIVATE KEY`), not encrypted, at least 2,048 bits.
public struct RSAPrivateKey: Sendable {
    let key: OpenSSLKey

    /// Reads a key file of at most 64 KiB.
    ///
    /// - Throws: ``SigningKeyProblem``, one line that starts with `private key <path>`.
    public init(contentsOfFile path: String) throws(SigningKeyProblem) {
        key = try KeyFile.withContent(of: path, subject: "private key") { content throws(SigningKeyProblem) in
            try Self.read(content, subject: "private key \(path)")
        }
    }

    /// Reads a key from a PEM text.
    ///
    /// - Parameters:
    ///   - pem: the text.
    ///   - name: what the key is called in messages.
    /// - Throws: ``SigningKeyProblem``.
    public init(pem: String, name: String = "private key") throws(SigningKeyProblem) {
        key = try Self.read(Array(pem.utf8), subject: name)
    }

    /// The size of the key.
    public var bits: Int { key.bits }

    private static func read(_ pem: [UInt8], subject: String) throws(SigningKeyProblem) -> OpenSSLKey {
        let found = PEMLabels(pem)
        guard !found.isEncrypted else {
            throw SigningKeyProblem(
                .encrypted,
                "\(subject): encrypted, and a daemon cannot ask for the passphrase: "
                    + "store it decrypted (openssl pkey -in FILE -out NEWFILE) with mode 0600"
            )
        }
        guard let label = found.labels.first(where: { $0.hasSuffix("KEY") || $0.hasPrefix("CERTIFICATE") }) else {
            throw SigningKeyProblem(
                .notPEM,
                "\(subject): not PEM, "
                    + (KeyForm.account(of: pem, isPrivate: true)
                        ?? "there is no line \"-----BEGIN RSA PRIVATE KEY-----\"")
            )
        }
        guard label != "OPENSSH PRIVATE KEY" else {
            throw SigningKeyProblem(
                .wrongKind,
                "\(subject): it is in OpenSSH's form: convert a copy of it (ssh-keygen -p -m PEM -f FILE)"
            )
        }
        guard ["PRIVATE KEY", "RSA PRIVATE KEY"].contains(label) else {
            throw SigningKeyProblem(
                .wrongKind,
                "\(subject): holds \"\(label.prefix(40))\", an RSA private key in PKCS#1 or PKCS#8 is needed"
            )
        }
        return try OpenSSLKey.read(.privateKey, pem: pem, subject: subject)
    }
}
