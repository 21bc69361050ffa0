/// The key that signatures are checked with: `work-verification: publickey` (control-protocol §5, configuration).
///
/// PEM, PKIX (`BEGIN PUBLIC KEY`), at least 2,048 bits.
public struct RSAPublicKey: Sendable {
    let key: OpenSSLKey

    /// Reads a key file of at most 64 KiB.
    ///
    /// - Throws: ``SigningKeyProblem``, one line that starts with `public key <path>`.
    public init(contentsOfFile path: String) throws(SigningKeyProblem) {
        key = try KeyFile.withContent(of: path, subject: "public key") { content throws(SigningKeyProblem) in
            try Self.read(content, subject: "public key \(path)")
        }
    }

    /// Reads a key from a PEM text.
    ///
    /// - Parameters:
    ///   - pem: the text.
    ///   - name: what the key is called in messages.
    /// - Throws: ``SigningKeyProblem``.
    public init(pem: String, name: String = "public key") throws(SigningKeyProblem) {
        key = try Self.read(Array(pem.utf8), subject: name)
    }

    /// The size of the key.
    public var bits: Int { key.bits }

    private static func read(_ pem: [UInt8], subject: String) throws(SigningKeyProblem) -> OpenSSLKey {
        let labels = PEMLabels(pem).labels
        guard let label = labels.first(where: { $0.hasSuffix("KEY") || $0.hasPrefix("CERTIFICATE") }) else {
            throw SigningKeyProblem(
                .notPEM,
                "\(subject): not PEM, "
                    + (KeyForm.account(of: pem, isPrivate: false)
                        ?? "there is no line \"-----BEGIN PUBLIC KEY-----\"")
            )
        }
        guard label == "PUBLIC KEY" else {
            throw SigningKeyProblem(
                .wrongKind,
                "\(subject): holds \"\(label.prefix(40))\", a PKIX public key is needed"
                    + hint(for: label)
            )
        }
        return try OpenSSLKey.read(.publicKey, pem: pem, subject: subject)
    }

    private static func hint(for label: String) -> String {
        switch label {
        case "RSA PUBLIC KEY": ": convert it (openssl rsa -RSAPublicKey_in -in FILE -pubout -out NEWFILE)"
        case "OPENSSH PRIVATE KEY":
            ": write its public key (ssh-keygen -e -m PKCS8 -f FILE > NEWFILE) and keep the private key off this node"
        case "CERTIFICATE": ": extract it (openssl x509 -in FILE -noout -pubkey)"
        case "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
            ": extract it (openssl rsa -in FILE -pubout -out NEWFILE) and keep the private key off this node"
        default: ""
        }
    }
}
