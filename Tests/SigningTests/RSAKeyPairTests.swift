import Testing

@testable import Signing

@Suite struct `A generated pair of keys` {
    @Test func `is PKCS#1 and PKIX, and its halves belong together`() throws {
        let pair = try RSAKeyPair.generate(bits: 2048)
        #expect(pair.privatePEM.hasPrefix("-----BEGIN RSA PRIVATE KEY-----\n"))
        #expect(pair.privatePEM.hasSuffix("-----END RSA PRIVATE KEY-----\n"))
        #expect(pair.publicPEM.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        let signer = TokenSigner(key: try RSAPrivateKey(pem: pair.privatePEM), expiration: .seconds(60))
        let verifier = TokenVerifier(key: try RSAPublicKey(pem: pair.publicPEM), audience: "bar")
        try verifier.verify(signer.sign(audience: "bar", now: 1000), now: 1059)
    }

    @Test(arguments: [Int.min, 0, 1024, 2047, 16385, Int.max])
    func `of a size out of range is refused`(bits: Int) {
        #expect {
            try RSAKeyPair.generate(bits: bits)
        } throws: {
            ($0 as? SigningKeyProblem)?.message
                == "a key of \(bits) bits cannot be created: choose 2048 to 16384"
        }
    }
}

@Suite(.enabled(if: OpenSSLTool.isInstalled, "the openssl command is not installed"))
struct `The openssl command` {
    @Test(arguments: [["-traditional"], []])
    func `makes keys that sign and verify here`(format: [String]) throws {
        try ScratchFolder.with { folder in
            let (privatePath, publicPath) = (folder.file("private.pem"), folder.file("public.pem"))
            // The manual's two commands; genrsa writes PKCS#8 since OpenSSL 3, unless it is told otherwise.
            let generated =
                format.isEmpty
                ? try OpenSSLTool.run("genrsa", "-out", privatePath, "2048")
                : try OpenSSLTool.run("genrsa", "-traditional", "-out", privatePath, "2048")
            #expect(generated == 0)
            #expect(try OpenSSLTool.run("rsa", "-in", privatePath, "-pubout", "-out", publicPath) == 0)
            let signer = TokenSigner(key: try RSAPrivateKey(contentsOfFile: privatePath), expiration: .seconds(60))
            let verifier = TokenVerifier(key: try RSAPublicKey(contentsOfFile: publicPath), audience: "bar")
            try verifier.verify(signer.sign(audience: "bar", now: 1000), now: 1000)
        }
    }

    @Test func `reads the keys made here and accepts a signature made with them`() throws {
        try ScratchFolder.with { folder in
            let pair = try RSAKeyPair.generate()
            let privatePath = try folder.write("private.pem", pair.privatePEM.utf8)
            let publicPath = try folder.write("public.pem", pair.publicPEM.utf8)
            #expect(try OpenSSLTool.run("rsa", "-in", privatePath, "-check", "-noout") == 0)
            let token = try TokenSigner(key: RSAPrivateKey(contentsOfFile: privatePath), expiration: .seconds(1))
                .sign(audience: "bar", now: 0)
            let parts = token.utf8.split(separator: UInt8(ascii: "."))
            try #require(parts.count == 3)
            let signature = try #require(Base64URL.decode(parts[2]))
            let signed = try folder.write("signed", token.utf8[..<parts[1].endIndex])
            let signatureFile = try folder.write("signature", signature)
            #expect(
                try OpenSSLTool.run("dgst", "-sha512", "-verify", publicPath, "-signature", signatureFile, signed) == 0
            )
            let other = try folder.write("other", "something else".utf8)
            #expect(
                try OpenSSLTool.run("dgst", "-sha512", "-verify", publicPath, "-signature", signatureFile, other) == 1
            )
        }
    }
}
