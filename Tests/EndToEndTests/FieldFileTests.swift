import Foundation
import Testing

/// Files as people have them: they run, or say what is missing.
@Suite("A file from the field", .blocking)
struct FieldFileTests {
    struct Sample: Sendable, CustomStringConvertible {
        let description: String
        let text: String
        /// A part of each line that `--check` writes; none for a file that is good.
        var problems: [String] = []
    }

    private static let samples: [Sample] = [
        Sample(
            description: "of a control node",
            text: """
                ---
                - node:
                    firewallrules:
                      - action: reject
                        tonode: control
                        toservice: control
                - log-level: info
                - local-only: null
                - work-command:
                    worktype: local
                    command: ansible-runner
                    params: worker
                    allowruntimeparams: true
                - work-signing:
                    privatekey: KEY
                    tokenexpiration: 1m
                - control-service:
                    service: control
                    filename: SCRATCH/receptor.sock
                    permissions: '0660'
                """
        ),
        Sample(
            description: "of a control node, rewritten by its program",
            text: """
                - node: {firewallrules: [{action: reject, tonode: control, toservice: control}]}
                - work-signing: {privatekey: KEY, tokenexpiration: 1m}
                - control-service: {permissions: 432, service: control, filename: SCRATCH/receptor.sock}
                - tcp-peer: {address: "exec1:27199", redial: true}
                - tcp-peer: {address: "exec2:27199", redial: true}
                - work-command: {allowruntimeparams: true, command: ansible-runner, params: worker, worktype: local}
                - log-level: info
                """
        ),
        Sample(
            description: "of an execution node",
            text: """
                ---
                - node:
                    id: exec1
                - work-verification:
                    publickey: PUBLIC
                - log-level: info
                - control-service:
                    service: control
                    filename: SCRATCH/receptor.sock
                    permissions: 0660
                    tls: tls_server
                - tls-server:
                    name: tls_server
                    cert: /etc/receptor/tls/exec1.crt
                    key: /etc/receptor/tls/exec1.key
                    clientcas: /etc/receptor/tls/ca.crt
                    requireclientcert: true
                    mintls13: False
                - tls-client:
                    name: tls_client
                    cert: /etc/receptor/tls/exec1.crt
                    key: /etc/receptor/tls/exec1.key
                    rootcas: /etc/receptor/tls/ca.crt
                    insecureskipverify: false
                    mintls13: False
                - work-command:
                    worktype: ansible-runner
                    command: ansible-runner
                    params: worker
                    allowruntimeparams: True
                    verifysignature: True
                """,
            problems: [
                ":7:3: error: TLS for control services is not supported yet",
                ":12:3: error: tls-servers is not supported yet", ":19:3: error: tls-clients is not supported yet",
            ]
        ),
        Sample(
            description: "with a bare local-only",
            text: "- node: foo\n- local-only\n- trace\n- log-level: debug\nCONTROL\n..."
        ),
        Sample(description: "with local-only and nothing", text: "- node: foo\n- local-only:\nCONTROL"),
        Sample(description: "with local-only and {}", text: "- node: foo\n- local-only: {}\nCONTROL"),
        Sample(description: "with local-only and true", text: "- node: foo\n- local-only: true\nCONTROL"),
        Sample(description: "with Local_Only", text: "- node: foo\n- Local_Only\nCONTROL"),
        Sample(
            description: "with comments at column 0 in a map",
            text: "version: 2\nnode:\n# here\n  id: foo\n# there\n  firewallrules:\n# and here\n  - action: accept\n"
                + "control-services:\n# too\n  - filename: SCRATCH/s"
        ),
        Sample(
            description: "of a test mesh's first node",
            text: """
                - node: {id: node1}
                - log-level: debug
                - tcp-listener: {port: 11111}
                - tcp-server: {port: 11112, remotenode: localhost, remoteservice: control}
                - control-service: {filename: SCRATCH/s1}
                """,
            problems: [":4:3: error: tcp-servers is not supported yet"]
        ),
        Sample(
            description: "of a test mesh's second node",
            text: """
                - node: {id: node2}
                - tcp-peer: {address: "localhost:11111"}
                - control-service: {filename: SCRATCH/s2}
                - work-command:
                    workType: echo
                    command: bash
                    params: "-c \\"while read -r line; do echo ${line^^}`true`$((1+1)); done\\""
                """
        ),
        Sample(
            description: "of a relay",
            text: """
                - node:
                    id: relay
                    firewallrules:
                      - action: accept
                        fromnode: /^node[0-9]+$/
                        tonode: /^control$/
                      - action: accept
                        toservice: unreach
                      - action: reject
                - tcp-listener: {port: 2222, allowedpeers: [bar, fish]}
                - tcp-listener: {port: 2223, allowedpeers: bar}
                CONTROL
                """
        ),
        Sample(
            description: "with a comma list",
            text: "- node: foo\n- tcp-listener: {port: 2222, allowedpeers: 'bar,fish'}\nCONTROL",
            problems: [":2:44: error: allowedpeers in tcp-listeners must be a list of node IDs"]
        ),
        Sample(
            description: "with sections of what is not here",
            text: "- node: foo\n- work-kubernetes: {worktype: k, namespace: x}\n- pyroscope-client: {}\nCONTROL",
            problems: [
                ":2:3: error: the section 'work-kubernetes' is not supported",
                ":3:3: error: the section 'pyroscope-client' is not supported",
            ]
        ),
        Sample(
            description: "with a plugin's and the core's mistakes",
            text: "- node: foo\n- work-command: {comand: y}\nCONTROL",
            problems: [
                ":2:3: error: missing key 'worktype'", ":2:3: error: missing key 'command'",
                ":2:18: error: unknown key 'comand'",
            ]
        ),
        Sample(
            description: "with a key that is a directory",
            text: "- node: foo\n- work-verification: {publickey: SCRATCH}\nCONTROL",
            problems: [":2:3: error: work-verification: public key "]
        ),
    ]

    @Test("runs, or names what is missing with its place", .enabled(if: SigningKey.isAvailable), arguments: samples)
    func isUnderstood(sample: Sample) throws {
        try Scratch.with { scratch in
            let key = try SigningKey("key", in: scratch)
            let text = sample.text.replacing("CONTROL", with: "- control-service: {filename: SCRATCH/s}")
                .replacing("SCRATCH", with: scratch.path).replacing("KEY", with: key.privatePath)
                .replacing("PUBLIC", with: key.publicPath)
            let check = try Program.run(Binaries.daemon, ["--config", scratch.write("f.yml", text), "--check"])
            let lines = check.errors.split(separator: "\n").map(String.init)
            #expect(lines.count == sample.problems.count, "\(check.errors)")
            for (line, problem) in zip(lines, sample.problems) { #expect(line.contains(problem), "\(line)") }
            #expect(check.end == .exited(sample.problems.isEmpty ? 0 : 1), "\(check.errors)")
        }
    }
}
