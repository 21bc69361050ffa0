/// What a file holds in place of the PEM that is wanted, to tell the operator.
enum KeyForm {
    /// What the bytes are, and what to do, as in "… is …"; `nil` for bytes that look like nothing known.
    static func account(of content: [UInt8], isPrivate: Bool) -> String? {
        let text = content[...].drop(while: isBlank)
        guard !text.isEmpty else { return "it is empty" }
        if text.starts(with: "ssh-rsa ".utf8) {
            return isPrivate
                ? "it holds a public key in OpenSSH's form: name the private key"
                : "it is in OpenSSH's form: convert it (ssh-keygen -e -m PKCS8 -f FILE > NEWFILE)"
        }
        if text.starts(with: "ssh-".utf8) || text.starts(with: "ecdsa-sha2-".utf8) || text.starts(with: "sk-".utf8) {
            return "it is a key of OpenSSH that is not RSA, and RS512 signatures need one"
        }
        if text.starts(with: "---- BEGIN SSH2 ".utf8) {
            return "it is in SSH2's form: convert it (ssh-keygen -i -f FILE > KEY; ssh-keygen -e -m PKCS8 -f KEY)"
        }
        // A sequence whose length takes two bytes.
        if content.starts(with: [0x30, 0x82]) || content.starts(with: [0x30, 0x81]) {
            return isPrivate
                ? "it is DER: convert it (openssl pkey -inform DER -in FILE -out NEWFILE)"
                : "it is DER: convert it (openssl pkey -pubin -inform DER -in FILE -out NEWFILE)"
        }
        if content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0xFE, 0xFF]) {
            return "it is in UTF-16: save it as UTF-8"
        }
        if isIndented(content) { return "its lines are indented: remove the blanks before them" }
        return nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    /// Whether a line that begins a block has blanks before it.
    private static func isIndented(_ content: [UInt8]) -> Bool {
        content.split { $0 == 0x0A || $0 == 0x0D }.contains { line in
            let text = line.drop { $0 == 0x20 || $0 == 0x09 }
            return text.count < line.count && text.starts(with: "-----BEGIN ".utf8)
        }
    }
}
