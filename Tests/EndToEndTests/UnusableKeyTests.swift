import Foundation
import Testing

/// A key that cannot be used keeps nobody from doing what needs no key.
@Suite("A node with keys that cannot be used", .blocking)
struct UnusableKeyTests {
    private static let sections = """
        work-verification:
          publickey: SCRATCH/key
        work-signing:
          privatekey: SCRATCH/key
        """
    private static let work = """
        - worktype: cat
          command: cat
        - worktype: secure
          command: cat
          verifysignature: true
        """

    private static let openSSH = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n"

    @Test(
        "runs, says so once, and refuses to sign and to verify",
        arguments: [
            (nil, "no such file"), ("", "it is empty"), (openSSH, "ssh-keygen"), ("ssh-rsa AAAA me\n", "OpenSSH"),
            ("  -----BEGIN PUBLIC KEY-----\n", "indented"), ("hello", "not PEM"),
        ] as [(String?, String)]
    )
    func runs(content: String?, reason: String) throws {
        let scratch = try Scratch()
        if let content { try scratch.write("key", content) }
        let port = try FreePort()
        let file = NodeFile(work: Self.work, sections: Self.sections, tcpPort: port.number)
        try Node.with(file, in: scratch, options: .init(arguments: ["--log-level", "info"])) { node in
            let lines = node.log.split(separator: "\n").filter { $0.contains("configuration") }
            #expect(
                lines.count == 2 && lines.allSatisfy { $0.contains(reason) && $0.contains("node.yml:") },
                "\(lines)"
            )
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "x")) == "x")
            let remote = Client(address: .tcp(port.number), nodeID: "foo")
            let verified = try remote.command(
                String(Client.submitLine("secure", parameters: ["signature": "a.b.c"]).dropLast())
            )
            #expect(verified.hasPrefix("ERROR: could not verify signature") && verified.contains(reason), "\(verified)")
            let signed = try node.client.command(
                String(Client.submitLine("cat", node: "bar", parameters: ["signwork": "true"]).dropLast())
            )
            #expect(signed.hasPrefix("ERROR: ") && signed.contains(reason), "\(signed)")
            #expect(try node.unitsOnDisk().count == 1)
            // What was broken before does not stand in the way.
            #expect(try node.client.command("reload") == "{\"Success\":true}\n")
            let check = try Program.run(Binaries.daemon, ["--config", node.configurationPath, "--check"])
            #expect(check.end == .exited(1))
            #expect(check.errors.split(separator: "\n").count == 2 && check.errors.contains(reason), "\(check.errors)")
        }
    }
}
