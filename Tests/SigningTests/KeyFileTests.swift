import Glibc
import TestSupport
import Testing

@testable import Signing

@Suite struct `A key file` {
    @Test(arguments: [TestKeys.privatePKCS1, TestKeys.privatePKCS8])
    func `with a private key is read in PKCS#1 and in PKCS#8`(pem: String) throws {
        try ScratchFolder.with { folder in
            let key = try RSAPrivateKey(contentsOfFile: folder.write("key.pem", pem.utf8))
            #expect(key.bits == 2048)
        }
    }

    @Test func `with a public key is read in PKIX`() throws {
        try ScratchFolder.with { folder in
            let key = try RSAPublicKey(contentsOfFile: folder.write("key.pem", TestKeys.publicPKIX.utf8))
            #expect(key.bits == 2048)
        }
    }

    @Test func `may have comments around the key and Windows line ends`() throws {
        let text = "# made by hand\n" + TestKeys.publicPKIX + "# the end\n"
        #expect(try RSAPublicKey(pem: text).bits == 2048)
        let lines = text.split(separator: "\n").joined(separator: "\r\n") + "\r\n"
        #expect(try RSAPublicKey(pem: lines).bits == 2048)
    }

    @Test func `may begin with a byte-order mark`() throws {
        try ScratchFolder.with { folder in
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let path = try folder.write("private.pem", mark + TestKeys.privatePKCS1.utf8)
            #expect(try RSAPrivateKey(contentsOfFile: path).bits == 2048)
            let other = try folder.write("public.pem", mark + TestKeys.publicPKIX.utf8)
            #expect(try RSAPublicKey(contentsOfFile: other).bits == 2048)
        }
    }

    @Test func `in DER or UTF-16 is named`() throws {
        try ScratchFolder.with { folder in
            let der = try folder.write("key.der", [0x30, 0x82, 0x01, 0x22, 0x30] as [UInt8])
            expect(
                .notPEM,
                "private key \(der): not PEM, it is DER: convert it (openssl pkey -inform DER -in FILE -out NEWFILE)"
            ) { () throws(SigningKeyProblem) in _ = try RSAPrivateKey(contentsOfFile: der) }
            expect(
                .notPEM,
                "public key \(der): not PEM, it is DER: convert it "
                    + "(openssl pkey -pubin -inform DER -in FILE -out NEWFILE)"
            ) { () throws(SigningKeyProblem) in _ = try RSAPublicKey(contentsOfFile: der) }
            let wide = try folder.write("key.txt", [0xFF, 0xFE, 0x2D, 0x00] as [UInt8])
            expect(.notPEM, "public key \(wide): not PEM, it is in UTF-16: save it as UTF-8") {
                () throws(SigningKeyProblem) in _ = try RSAPublicKey(contentsOfFile: wide)
            }
        }
    }

    @Test func `that is missing is named`() throws {
        try ScratchFolder.with { folder in
            let path = folder.file("none.pem")
            expect(.missing, "private key \(path): no such file or directory") { () throws(SigningKeyProblem) in
                _ = try RSAPrivateKey(contentsOfFile: path)
            }
            expect(.missing, "public key \(path): no such file or directory") { () throws(SigningKeyProblem) in
                _ = try RSAPublicKey(contentsOfFile: path)
            }
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read every file"))
    func `that may not be read is named`() throws {
        try ScratchFolder.with { folder in
            let path = try folder.write("key.pem", TestKeys.privatePKCS1.utf8)
            chmod(path, 0)
            expect(.unreadable, "private key \(path): permission denied") { () throws(SigningKeyProblem) in
                _ = try RSAPrivateKey(contentsOfFile: path)
            }
        }
    }

    @Test func `that is a folder, a pipe or a device is refused without waiting`() throws {
        try ScratchFolder.with { folder in
            let pipe = folder.file("pipe")
            #expect(mkfifo(pipe, 0o600) == 0)
            for path in [folder.path, pipe, "/dev/zero"] {
                expect(.unreadable, "private key \(path): not a regular file") { () throws(SigningKeyProblem) in
                    _ = try RSAPrivateKey(contentsOfFile: path)
                }
            }
        }
    }

    @Test func `is read up to 64 KiB and no further`() throws {
        try ScratchFolder.with { folder in
            let padding = String(repeating: "#", count: KeyFile.maximumSize - TestKeys.publicPKIX.utf8.count - 1)
            let full = try folder.write("full.pem", (padding + "\n" + TestKeys.publicPKIX).utf8)
            #expect(try RSAPublicKey(contentsOfFile: full).bits == 2048)
            let large = try folder.write("large.pem", ("#" + padding + "\n" + TestKeys.publicPKIX).utf8)
            expect(.unreadable, "public key \(large): larger than 65536 bytes, not a key file") {
                () throws(SigningKeyProblem) in _ = try RSAPublicKey(contentsOfFile: large)
            }
        }
    }

    @Test(arguments: [
        ("", SigningKeyProblem.Code.notPEM, "k: not PEM, it is empty"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n", .wrongKind,
            "k: it is in OpenSSH's form: convert a copy of it (ssh-keygen -p -m PEM -f FILE)"
        ),
        (
            "ssh-rsa AAAAB3NzaC1yc2E me@host\n", .notPEM,
            "k: not PEM, it holds a public key in OpenSSH's form: name the private key"
        ),
        (
            "  " + TestKeys.privatePKCS1.replacing("\n", with: "\n  "), .notPEM,
            "k: not PEM, its lines are indented: remove the blanks before them"
        ),
        ("hello\n", .notPEM, #"k: not PEM, there is no line "-----BEGIN RSA PRIVATE KEY-----""#),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", .notPEM,
            "k: the PEM block is damaged: copy the file again"
        ),
        (
            String(TestKeys.privatePKCS1.dropLast(200)), .notPEM,
            "k: the PEM block is damaged: copy the file again"
        ),
        (
            TestKeys.encryptedPKCS8, .encrypted,
            "k: encrypted, and a daemon cannot ask for the passphrase: "
                + "store it decrypted (openssl pkey -in FILE -out NEWFILE) with mode 0600"
        ),
        (
            TestKeys.encryptedPKCS1, .encrypted,
            "k: encrypted, and a daemon cannot ask for the passphrase: "
                + "store it decrypted (openssl pkey -in FILE -out NEWFILE) with mode 0600"
        ),
        (
            TestKeys.publicPKIX, .wrongKind,
            #"k: holds "PUBLIC KEY", an RSA private key in PKCS#1 or PKCS#8 is needed"#
        ),
        (TestKeys.curvePrivate, .wrongKind, "k: not an RSA key, and RS512 signatures need one"),
        (TestKeys.shortPrivate, .tooShort, "k: the key has 1024 bits, at least 2048 are required"),
    ])
    func `that is no usable private key says what it is instead`(
        pem: String,
        code: SigningKeyProblem.Code,
        message: String
    ) {
        expect(code, message) { () throws(SigningKeyProblem) in _ = try RSAPrivateKey(pem: pem, name: "k") }
    }

    @Test(arguments: [
        ("", SigningKeyProblem.Code.notPEM, "k: not PEM, it is empty"),
        ("hello", .notPEM, #"k: not PEM, there is no line "-----BEGIN PUBLIC KEY-----""#),
        (
            "ssh-rsa AAAAB3NzaC1yc2E me@host\n", .notPEM,
            "k: not PEM, it is in OpenSSH's form: convert it (ssh-keygen -e -m PKCS8 -f FILE > NEWFILE)"
        ),
        (
            "ssh-ed25519 AAAAC3 me@host\n", .notPEM,
            "k: not PEM, it is a key of OpenSSH that is not RSA, and RS512 signatures need one"
        ),
        (
            "\t" + TestKeys.publicPKIX.replacing("\n", with: "\n\t"), .notPEM,
            "k: not PEM, its lines are indented: remove the blanks before them"
        ),
        (
            TestKeys.publicPKIX.replacing("\nMII", with: "\nAII"), .notPEM,
            "k: the PEM block is damaged: copy the file again"
        ),
        (
            TestKeys.publicPKCS1, .wrongKind,
            #"k: holds "RSA PUBLIC KEY", a PKIX public key is needed: "#
                + "convert it (openssl rsa -RSAPublicKey_in -in FILE -pubout -out NEWFILE)"
        ),
        (
            TestKeys.privatePKCS1, .wrongKind,
            #"k: holds "RSA PRIVATE KEY", a PKIX public key is needed: extract it "#
                + "(openssl rsa -in FILE -pubout -out NEWFILE) and keep the private key off this node"
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", .wrongKind,
            #"k: holds "CERTIFICATE", a PKIX public key is needed: "#
                + "extract it (openssl x509 -in FILE -noout -pubkey)"
        ),
        (TestKeys.curvePublic, .wrongKind, "k: not an RSA key, and RS512 signatures need one"),
        (TestKeys.shortPublic, .tooShort, "k: the key has 1024 bits, at least 2048 are required"),
    ])
    func `that is no usable public key says what it is instead`(
        pem: String,
        code: SigningKeyProblem.Code,
        message: String
    ) {
        expect(code, message) { () throws(SigningKeyProblem) in _ = try RSAPublicKey(pem: pem, name: "k") }
    }

    @Test func `that is damaged anywhere is refused in one line without key material, or still a key`() {
        var generator = SeededGenerator(seed: 3)
        let original = Array(TestKeys.privatePKCS1.utf8)
        let secrets = TestKeys.privatePKCS1.split(separator: "\n").filter { !$0.hasPrefix("-") }.map { $0.prefix(12) }
        for _ in 0..<500 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                default: bytes.removeLast(bytes.count - max(1, position))
                }
            }
            do {
                _ = try RSAPrivateKey(pem: String(decoding: bytes, as: UTF8.self))
            } catch {
                #expect(!error.message.contains("\n"))
                #expect(!secrets.contains { error.message.contains($0) })
            }
        }
    }

    private func expect(
        _ code: SigningKeyProblem.Code,
        _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws(SigningKeyProblem) -> Void
    ) {
        do {
            try body()
            Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == code, sourceLocation: sourceLocation)
            #expect(error.message == message, sourceLocation: sourceLocation)
        }
    }
}
