import Configuration
import Signing
import Testing
import Workceptor

@Suite("Made-up configuration files and tokens")
struct ConfigurationFuzzTests {
    @Test("Any file is a configuration or problems of one line each, each at a place in the file")
    func configuration() throws {
        let mutator = Mutator(
            seeds: [
                """
                ---
                version: 2
                node:
                  id: foo
                  datadir: /tmp/fuzz
                  maxidleconnectiontimeout: 1m30s
                log-level:
                  level: Debug
                tcp-listeners:
                  - port: 2222
                    nodecost: {a: 1.5}
                control-services:
                  - service: control
                    filename: /tmp/fuzz.sock
                    permissions: 0600
                    tcplisten: 127.0.0.1:4000
                work-commands:
                  - workType: echoint
                    command: bash
                    params: "-c \\"for i in {1..5}; do echo $i; sleep 1; done\\""
                    allowruntimeparams: true
                work-signing:
                  privatekey: /nonexistent
                  tokenexpiration: 1h30m
                """,
                """
                - node: {id: foo}
                - log-level: debug
                - tcp-listener: 2222
                - tcp-peer: {address: "localhost:2222", redial: yes}
                - control-service: {service: control, filename: /tmp/fuzz.sock}
                - work-command: {worktype: cat, command: cat, plugin: command}
                - local-only:
                """,
            ],
            words: [
                ":", "-", "- ", "\n", "  ", "\t", "{", "}", "[", "]", "&a ", "*a", "<<: ", "!!str ", "? ", "|\n", ">\n",
                "'", "\"",
                "#", "%", "@", "~", "null", "true", "---\n", "...\n", "node:", "id: ", "work-commands:", "tcp-peer:",
                "0600",
                "1h", "\u{feff}",
            ]
        )
        try Fuzz.run("configuration", mutator) { input in
            for problem in Configuration.draft(input, file: "fuzz.yml").problems {
                let text = problem.description
                guard !text.contains(where: \.isNewline) else { throw Wrong("more than a line: \(text)") }
                guard text.utf8.count <= 2_000 else { throw Wrong("a problem of \(text.utf8.count) bytes") }
                if let position = problem.position, position.line < 1 || position.column < 1 {
                    throw Wrong("place \(position)")
                }
            }
        }
    }

    @Test("No token but the signer's own is accepted")
    func tokens() throws {
        let keys = try RSAKeyPair.generate()
        let now: Int64 = 1_800_000_000
        let signer = TokenSigner(key: try RSAPrivateKey(pem: keys.privatePEM), expiration: .seconds(300))
        let token = try signer.sign(audience: "foo", now: now)
        let verifier = TokenVerifier(key: try RSAPublicKey(pem: keys.publicPEM), audience: "foo")
        try verifier.verify(token, now: now)
        let mutator = Mutator(
            seeds: [token],
            words: [".", "=", "-", "_", "e30", "eyJhbGciOiJub25lIn0", "\u{0}", "A", "\n"]
        )
        try Fuzz.run("tokens", mutator) { input in
            let text = String(decoding: input, as: UTF8.self)
            guard text != token else { return }
            do throws(SignatureProblem) { try verifier.verify(text, now: now) } catch {
                guard "\(error)".utf8.count <= 1_000 else { throw Wrong("an error of \("\(error)".utf8.count) bytes") }
                return
            }
            throw Wrong("accepted")
        }
    }
}
