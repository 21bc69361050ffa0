import Foundation
import Testing

@Suite("Signed work", .blocking, .enabled(if: SigningKey.isAvailable))
struct SignatureTests {
    private static let work = """
        - worktype: secure
          command: cat
          verifysignature: true
        - worktype: open
          command: cat
        - worktype: securesleep
          command: sleep
          params: "1000"
          verifysignature: true
        """

    /// Runs a body with a node that verifies with a key, a client on TCP and one on the Unix socket.
    private func withNode(_ body: (Node, SigningKey, _ tcp: Client, _ unix: Client) throws -> Void) throws {
        let scratch = try Scratch()
        let key = try SigningKey("right", in: scratch)
        let port = try FreePort()
        let sections = """
            work-verification:
              publickey: \(key.publicPath)
            """
        let file = NodeFile(work: Self.work, sections: sections, tcpPort: port.number)
        try Node.with(file, in: scratch) { node in
            try body(node, key, Client(address: .tcp(port.number), nodeID: "foo"), node.client)
        }
    }

    @Test("A client on TCP needs a valid token to submit; one on the node's own socket does not")
    func submit() throws {
        try withNode { node, key, tcp, unix in
            func answer(_ token: String?) throws -> String {
                let line = Client.submitLine("secure", parameters: token.map { ["signature": $0] } ?? [:])
                return try tcp.command(String(line.dropLast()))
            }
            let other = try SigningKey("wrong", in: node.scratch)
            let good = try key.token()
            let parts = good.split(separator: ".").map(String.init)
            let later = SigningKey.base64URL(Data(#"{"aud":["foo"],"exp":99999999999}"#.utf8))
            let none = SigningKey.base64URL(Data(#"{"alg":"none"}"#.utf8))
            let refused: [(String?, reason: String)] = [
                (nil, "none was given"),
                (try key.token(lifetime: -10), "expired"),
                (try key.token(audience: #"["bar"]"#), "bar"),
                (try key.token(audience: "[]"), "foo"),
                (try other.token(), "does not match"),
                ("\(parts[0]).\(later).\(parts[2])", "does not match"),
                ("\(none).\(parts[1]).", "none"),
                (try key.tokenWithSharedSecret(), "HS512"),
                (try key.token(header: #"{"alg":"RS256","typ":"JWT"}"#), "RS256"),
                (parts[0], "three parts"),
                ("....", "three parts"),
                (String(repeating: "x", count: 100_000), "longer than"),
            ]
            for (token, reason) in refused {
                let line = try answer(token)
                #expect(line.hasPrefix("ERROR: could not verify signature"), "\(line)")
                #expect(line.contains(reason), "\(line)")
                if let token, token.count > 20 { #expect(!line.contains(token)) }
            }
            #expect(try node.unitsOnDisk() == [])
            for token in [good, try key.token(audience: #""foo""#), try key.token(audience: #"["bar","foo"]"#)] {
                let unit = try tcp.submit("secure", payload: "signed", parameters: ["signature": token])
                let status = try unix.end(unit)
                #expect(status.StateName == "Succeeded")
            }
            #expect(try unix.resultsText(unix.submit("secure", payload: "own socket")) == "own socket")
            #expect(!node.log.contains(parts[2]) && !node.log.contains(parts[1]))
        }
    }

    @Test(
        "Results, cancel and release of signed work need a token too on TCP",
        arguments: ["results", "cancel", "release", "force-release"]
    )
    func commandsOnUnits(command: String) throws {
        try withNode { node, key, tcp, unix in
            let unit = try unix.submit("securesleep")
            var fields = ["command": "work", "subcommand": command, "unitid": unit, "startpos": "0"]
            func answer() throws -> String { try tcp.command(String(Client.line(fields).dropLast())) }
            #expect(try answer().hasPrefix("ERROR: could not verify signature"))
            fields["signature"] = try key.token(lifetime: -10)
            #expect(try answer().hasPrefix("ERROR: could not verify signature"))
            #expect(try tcp.command("work \(command) \(unit)").hasPrefix("ERROR: could not verify signature"))
            #expect(try tcp.status(unit).StateName == "Running")
            #expect(try tcp.list()[unit]?.StateName == "Running")
            fields["signature"] = try key.token()
            let answers = [
                "results": "Streaming results for work unit \(unit)\n", "cancel": "{\"cancelled\":\"\(unit)\"}\n",
                "release": "{\"released\":\"\(unit)\"}\n", "force-release": "{\"released\":\"\(unit)\"}\n",
            ]
            #expect(try answer() == answers[command])
        }
    }

    @Test("The fingerprint of the output of signed work needs a token too on TCP, and the status does not")
    func fingerprint() throws {
        try withNode { node, key, tcp, unix in
            let unit = try unix.submit("secure", payload: "yes")
            #expect(try unix.end(unit).StateName == "Succeeded")
            let digits = String(repeating: "0", count: 32)
            func answer(_ client: Client, size: Int = 3, key: String = digits, _ more: String = "") throws -> String {
                let question = #""command":"work","subcommand":"status","unitid":"\#(unit)","fingerprintsize":\#(size)"#
                return try client.command("{\(question),\"fingerprintkey\":\"\(key)\"\(more)}")
            }
            #expect(try answer(tcp).hasPrefix("ERROR: could not verify signature"))
            let signed = try answer(tcp, #","signature":"\#(key.token())""#)
            #expect(signed.contains(#""StdoutFingerprint":""#))
            #expect(try answer(unix) == signed)
            #expect(try tcp.status(unit).StateName == "Succeeded")
            // It is that of the whole output only.
            #expect(try !answer(tcp, size: 2).contains("StdoutFingerprint"))
            #expect(try answer(unix, key: "0") == "ERROR: field fingerprintkey must be 32 hexadecimal digits\n")
            let negative = "ERROR: field fingerprintsize must be a number that is not negative\n"
            #expect(try answer(unix, size: -1) == negative)
        }
    }

    @Test("A signature for work that expects none is refused, wherever it comes from")
    func unexpectedSignature() throws {
        try withNode { node, key, tcp, unix in
            let line = String(Client.submitLine("open", parameters: ["signature": try key.token()]).dropLast())
            for client in [tcp, unix] {
                #expect(try client.command(line) == "ERROR: work type did not expect a signature\n")
            }
            #expect(try node.unitsOnDisk() == [])
            #expect(try unix.resultsText(tcp.submit("open", payload: "x")) == "x")
        }
    }

    @Test(
        "Signed work without a verification key is an error at the start, and one with a key that is none for --check"
    )
    func configuration() throws {
        try Scratch.with { scratch in
            let key = try SigningKey("right", in: scratch)
            let rubbish = try scratch.write(
                "rubbish.pem",
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
            )
            for path in [nil, "/nonexistent/key.pem", rubbish, key.privatePath] {
                var file = NodeFile(work: Self.work)
                file.sections = path.map { "work-verification:\n  publickey: \($0)" } ?? ""
                let yaml = try scratch.write("node.yml", file.yaml(in: scratch))
                // With a key that cannot be used the node runs, and refuses to verify.
                for arguments in [["--config", yaml], ["--config", yaml, "--check"]].dropFirst(path == nil ? 0 : 1) {
                    let result = try Program.run(Binaries.daemon, arguments)
                    #expect(result.end == .exited(1))
                    #expect(result.errors.contains(#/node\.yml:\d+:\d+: error: /#), "\(result.errors)")
                }
            }
        }
    }
}
