import Testing
import Workceptor

@testable import Configuration

/// Files and exactly what the operator reads about them.
@Suite struct `Problems` {
    @Test func `are all reported in one go, in the order of the file`() {
        let text = """
            version: 2
            node:
              id: foo/bar
              maxidleconnectiontimeout: 20s
            log-levle:
              level: debug
            log-level:
              level: debgu
            tcp-listeners:
              - bindaddr: 0.0.0.0
                prot: 2222
              - port: 65536
                cost: 0
                tls: sever
            tcp-peers:
              - address: localhost
                redial: maybe
            work-commands:
              - worktype: remote
              - worktpye: a
                plugin: echo
              - worktype: b
                verifysignature: true
            tls-servers:
              - name: server
                cert: /missing/cert.pem
            """
        #expect(
            Sample.problems(text) == [
                "f.yml:3:7: error: id in node must not have spaces, '/' or control characters",
                "f.yml:4:29: error: maxidleconnectiontimeout in node must be a duration of at least 21s, not '20s' (such as 1h30m, 1.5h, 30m10s or 300ms)",
                "f.yml:5:1: error: unknown section 'log-levle' (did you mean 'log-level'?)",
                "f.yml:8:10: error: level in log-level must be one of error, warning, info, debug, trace, not 'debgu' (did you mean 'debug'?)",
                "f.yml:10:5: error: missing key 'port' in tcp-listeners",
                "f.yml:11:5: error: unknown key 'prot' in tcp-listeners (did you mean 'port'?)",
                "f.yml:12:11: error: port in tcp-listeners must be a number from 0 to 65535, not '65536'",
                "f.yml:13:11: error: cost in tcp-listeners must be a number greater than 0, not '0'",
                "f.yml:14:10: error: tls names 'sever', which is not in tls-servers (did you mean 'server'?)",
                "f.yml:16:14: error: address in tcp-peers must be host:port, not 'localhost' (such as example.org:2222 or [::1]:2222)",
                "f.yml:17:13: error: redial in tcp-peers must be true or false, not 'maybe'",
                "f.yml:19:15: error: worktype in work-commands must not be 'remote', which is built in (choose another name)",
                "f.yml:20:5: error: missing key 'worktype' in work-commands (is it 'worktpye' in line 20?)",
                "f.yml:22:5: error: the work type 'b' has verifysignature, but there is no work-verification (add work-verification with the publickey of those who sign)",
                "f.yml:25:5: error: missing key 'key' in tls-servers",
                "f.yml:26:11: error: cert in tls-servers cannot be read: '/missing/cert.pem': No such file or directory",
            ]
        )
    }

    @Test(arguments: [
        ("", "f.yml:1:1: error: the file is empty (start with 'version: 2' and 'node:')"),
        ("# nothing\n", "f.yml:1:1: error: the file is empty (start with 'version: 2' and 'node:')"),
        ("--- ~\n", "f.yml:1:5: error: the file is empty (start with 'version: 2' and 'node:')"),
        (
            "foo",
            "f.yml:1:1: error: the file must be a map or a list of sections, not a value (start with 'version: 2' and 'node:')"
        ),
        (
            "version: 1",
            "f.yml:1:10: error: version in the file must be 2, not '1' (a file of the older layout is a list and has no version)"
        ),
        (
            "version:",
            "f.yml:1:9: error: version in the file must be 2, not nothing (a file of the older layout is a list and has no version)"
        ),
        ("node: [a]", "f.yml:1:7: error: node must be a map of keys, not a list"),
        ("work-commands: bash", "f.yml:1:16: error: work-commands must be a map of keys, not a value"),
        ("work-commands: [[]]", "f.yml:1:17: error: work-commands must be a map of keys, not a list"),
        (
            "- node: a\n- version: 2",
            "f.yml:2:3: error: a list of sections has no version (remove it, or write the sections as a map without '-')"
        ),
        (
            "- node:\n  id: foo\n",
            "f.yml:2:3: error: this item has 2 keys, but an item of a list holds one section (indent the keys under 'node', or start each section with its own '-')"
        ),
        ("- []", "f.yml:1:3: error: an item of the list must be a map with one section, not a list"),
        ("- {}", "f.yml:1:3: error: an item of the list must be a map with one section, not an empty map"),
        ("-", "f.yml:1:2: error: an item of the list must be a map with one section, not nothing"),
        ("- tcp-peer:", "f.yml:1:3: error: missing key 'address' in tcp-peers"),
        ("- work-command:", "f.yml:1:3: error: missing key 'worktype' in work-commands"),
        ("- tcp-listner: 1", "f.yml:1:3: error: unknown section 'tcp-listner' (did you mean 'tcp-listener'?)"),
        (
            "work-verification: []\nwork-commands: {worktype: a, verifysignature: yes}",
            "f.yml:1:20: error: work-verification must be a map of keys, not a list"
        ),
        ("- local", "f.yml:1:3: error: unknown section 'local'"),
        ("- local-only: 7", "f.yml:1:15: error: the value in local-only must be true or false, not '7'"),
        ("xyzzy: {}", "f.yml:1:1: error: unknown section 'xyzzy'"),
        (
            "work-kubernetes: [{}]",
            "f.yml:1:1: error: the section 'work-kubernetes' is not supported (remove the section)"
        ),
        ("- work-python: {}", "f.yml:1:3: error: the section 'work-python' is not supported (remove the section)"),
        (
            "command-services: []",
            "f.yml:1:1: error: the section 'command-services' is not supported (remove the section)"
        ),
        ("- ip-router: {}", "f.yml:1:3: error: the section 'ip-router' is not supported (remove the section)"),
        (
            "pyroscope-client: {}",
            "f.yml:1:1: error: the section 'pyroscope-client' is not supported (remove the section)"
        ),
    ])
    func `of the whole file say what to do`(text: String, problem: String) {
        #expect(Sample.problems(text) == [problem])
    }

    @Test(arguments: [
        ("node: {id: a}\nnode: {id: b}", "f.yml:2:1: error: duplicate key 'node' in the file (the first is in line 1)"),
        (
            "tcp-peer: {address: 'h:1'}\nTCP-Peers: []",
            "f.yml:2:1: error: duplicate key 'TCP-Peers' in the file (the first is in line 1, as 'tcp-peer')"
        ),
        ("node:\n  id: a\n  ID: b", "f.yml:3:3: error: duplicate key 'ID' in node (the first is in line 2, as 'id')"),
        (
            "work-commands:\n- worktype: a\n  work_type: b",
            "f.yml:3:3: error: duplicate key 'work_type' in work-commands (the first is in line 2, as 'worktype')"
        ),
        (
            "work-commands:\n- worktype: a\n  env: 1\n  Env: 1",
            "f.yml:4:3: error: duplicate key 'Env' in work-commands (the first is in line 3, as 'env')"
        ),
        (
            "tcp-listener: {port: 1, nodecost: {a: 1, a: 2}}",
            "f.yml:1:42: error: duplicate key 'a' in nodecost (the first is in line 1)"
        ),
        (
            "version: 2\nVersion: 2",
            "f.yml:2:1: error: duplicate key 'Version' in the file (the first is in line 1, as 'version')"
        ),
        (
            "xyzzy: 2\nx-y-zzy: 2",
            "f.yml:2:1: error: duplicate key 'x-y-zzy' in the file (the first is in line 1, as 'xyzzy')"
        ),
        ("- node: a\n- node: b", "f.yml:2:3: error: node is given twice (the first is in line 1)"),
        (
            "- log-level: info\n- log-level: info\n- log-level: info",
            "f.yml:2:3: error: log-level is given twice (the first is in line 1)"
        ),
        (
            "- work-signing: a\n- work-signing: b",
            "f.yml:2:3: error: work-signing is given twice (the first is in line 1)"
        ),
        (
            "work-commands: [{worktype: a},\n{worktype: b},\n{worktype: a}]",
            "f.yml:3:1: error: the work type 'a' is defined twice (the first is at f.yml:1:17)"
        ),
        (
            "tls-clients: [{name: a},\n{name: a}]",
            "f.yml:2:1: error: 'a' is defined twice in tls-clients (the first is in line 1)"
        ),
    ])
    func `with what is there twice name the first`(text: String, problem: String) {
        #expect(Sample.problems(text).contains(problem))
    }

    @Test(arguments: [
        ("node: localhost", "1:7: error: id in node must not be 'localhost', which is every node"),
        ("node: LocalHost", "1:7: error: id in node must not be 'localhost', which is every node"),
        ("node: ..", "1:7: error: id in node must not be '..'"),
        ("node: a b", "1:7: error: id in node must not have spaces, '/' or control characters"),
        ("node: \"a\\e\"", "1:7: error: id in node must not have spaces, '/' or control characters"),
        ("node: {id: []}", "1:12: error: id in node must be a node ID, not a list"),
        ("node: {datadir: {}}", "1:17: error: datadir in node must be the path of a file, not a map"),
        ("node: {pluginsdir: x}", "1:20: error: pluginsdir in node is not a directory: 'x'"),
        (
            "node: {maxidleconnectiontimeout: 30}",
            "1:34: error: maxidleconnectiontimeout in node must be a duration of at least 21s, not '30' (such as 1h30m, 1.5h, 30m10s or 300ms)"
        ),
        (
            "node: {firewallrules: [{action: deny}]}",
            "1:33: error: action in firewallrules must be one of accept, reject, drop, not 'deny'"
        ),
        ("node: {firewallrules: [{fromnode: a}]}", "1:24: error: missing key 'action' in firewallrules"),
        ("node: {firewallrules: [{action: drop, from: a}]}", "1:39: error: unknown key 'from' in firewallrules"),
        (
            "node: {firewallrules: [{action: drop, tonod: a}]}",
            "1:39: error: unknown key 'tonod' in firewallrules (did you mean 'tonode'?)"
        ),
        (
            "node: {firewallrules: [{action: drop, tonode: /a}]}",
            "1:47: error: tonode in firewallrules must end with the '/' it starts with (such as /node.*/)"
        ),
        (
            "node: {firewallrules: [{action: drop, tonode: '/(a/'}]}",
            "1:47: error: tonode in firewallrules is not a regular expression: a '(' is not closed"
        ),
        ("node: {firewallrules: [7]}", "1:24: error: firewallrules must be a map of keys, not a value"),
        (
            "work-signing: {tokenexpiration: 0s, privatekey: a}",
            "1:33: error: tokenexpiration in work-signing must be a duration longer than 0, not '0s' (such as 1h30m, 1.5h, 30m10s or 300ms)"
        ),
        (
            "work-signing: {tokenexpiration: -5m, privatekey: a}",
            "1:33: error: tokenexpiration in work-signing must be a duration longer than 0, not '-5m' (such as 1h30m, 1.5h, 30m10s or 300ms)"
        ),
        ("work-signing: {}", "1:1: error: missing key 'privatekey' in work-signing"),
        ("work-signing: {privatekey: }", "1:1: error: missing key 'privatekey' in work-signing"),
        (
            "node: {maxidleconnectiontimeout: 876001h}",
            "1:34: error: maxidleconnectiontimeout in node must be a duration of at most 876000h, not '876001h'"
        ),
        (
            "node: {durability: some}", "1:20: error: durability in node must be one of full, relaxed, not 'some'"
        ),
        (
            "node: {allowedpeers: [a]}",
            "1:8: error: misplaced key 'allowedpeers' in node (it belongs to the listeners and peers that it is about)"
        ),
        (
            "node: {receptorKubeClientsetQPS: 100}",
            "1:8: error: not supported: the key 'receptorKubeClientsetQPS' in node (there are no work types for Kubernetes here: remove it)"
        ),
        (
            "work-signing: {tokenexpiration: 9223372036854775807h, privatekey: a}",
            "1:33: error: tokenexpiration in work-signing must be a duration of at most 876000h, not '9223372036854775807h'"
        ),
        (
            "tcp-listeners: {port: 1, cost: 1e300}",
            "1:32: error: cost in tcp-listeners must be a number from 0.000000001 to 1000000000, not '1e300'"
        ),
        (
            "tcp-listeners: {port: 1, cost: 4e-324}",
            "1:32: error: cost in tcp-listeners must be a number from 0.000000001 to 1000000000, not '4e-324'"
        ),
        ("tcp-peers: {address: 'h:0'}", "1:22: error: address in tcp-peers must have a port from 1 to 65535"),
        (
            "control-services: {service: muchtoolong}",
            "1:29: error: service in control-services must not be longer than 8 bytes, the most that the mesh can carry"
        ),
        (
            "control-services: {filename: /missing/s}",
            "1:30: error: filename in control-services must be in a directory that is there: '/missing/s'"
        ),
        (
            "control-services: [{filename: /s},\n{service: b, filename: /s}]",
            "2:1: error: '/s' is defined twice in control-services (the first is in line 1)"
        ),
        (
            "control-services: {tcplisten: '127.0.0.1:1'}\ntcp-listeners: {port: 1, bindaddr: 127.0.0.1}",
            "2:1: error: '127.0.0.1:1' is listened at twice (the first is in line 1)"
        ),
        (
            "node: {firewallrules: [{action: drop, fromnode: null}]}",
            "1:49: error: fromnode in firewallrules must be a name, or a pattern between slashes, not nothing (leave the key out for all)"
        ),
        (
            "node: {firewallrules: [{action: accept, toservice: ''}]}",
            "1:52: error: toservice in firewallrules must be a name, or a pattern between slashes, not '' (leave the key out for all)"
        ),
        (
            "node: {firewallrules: [{action: drop, fromnode: 'bar,fish'}]}",
            "1:49: error: fromnode in firewallrules must be a list of node IDs, not 'bar,fish' (such as [foo, bar])"
        ),
        (
            "node: {firewallrules: [{action: drop, toservice: muchtoolong}]}",
            "1:50: error: toservice in firewallrules must not be longer than 8 bytes, the most that the mesh can carry"
        ),
        (
            "control-services: {permissions: 0800}",
            "1:33: error: permissions in control-services must be octal digits from 0 to 0777, not '0800' (such as 0600)"
        ),
        (
            "control-services: {permissions: 1777}",
            "1:33: error: permissions in control-services must be octal digits from 0 to 0777, not '1777' (such as 0600)"
        ),
        (
            "control-services: {tcplisten: http}",
            "1:31: error: tcplisten in control-services must be a port or host:port, not 'http' (such as 2222 or 127.0.0.1:2222)"
        ),
        ("control-services: {tcptls: x}", "1:28: error: tcptls names 'x', which is not in tls-servers"),
        (
            "work-commands: {worktype: \"a\\nb\"}",
            "1:27: error: worktype in work-commands must be a name without control characters, not 'a\\u{a}b'"
        ),
        (
            "work-commands: {worktype: a, allowruntimeparams: [yes]}",
            "1:50: error: allowruntimeparams in work-commands must be true or false, not a list"
        ),
        ("tcp-listeners: {port: -1}", "1:23: error: port in tcp-listeners must be a number from 0 to 65535, not '-1'"),
        (
            "tcp-listeners: {port: 0x10}",
            "1:23: error: port in tcp-listeners must be a number from 0 to 65535, not '0x10'"
        ),
        (
            "tcp-listeners: {port: 1, cost: .inf}",
            "1:32: error: cost in tcp-listeners must be a number greater than 0, not '.inf'"
        ),
        (
            "tcp-listeners: {port: 1, nodecost: {a/b: 1}}",
            "1:37: error: nodecost in tcp-listeners names a node whose ID must not have spaces, '/' or control characters"
        ),
        (
            "tcp-listeners: {port: 1, nodecost: {a: -1}}",
            "1:40: error: nodecost in tcp-listeners must be a number greater than 0, not '-1'"
        ),
        (
            "tcp-listeners: {port: 1, nodecost: 7}",
            "1:36: error: nodecost in tcp-listeners must be a map of node IDs, not this value"
        ),
        (
            "tcp-listeners: {port: 1, allowedpeers: [a, b/]}",
            "1:44: error: allowedpeers in tcp-listeners must not have spaces, '/' or control characters"
        ),
        (
            "tcp-listeners: {port: 1, bindaddr: 'a:b'}",
            "1:36: error: bindaddr in tcp-listeners must be a host name or IP address, not 'a:b'"
        ),
        (
            "ws-listeners: {port: 1, path: x}",
            "1:31: error: path in ws-listeners must be a path that starts with '/', not 'x'"
        ),
        (
            "tcp-peers: {address: 'h:1', tls: alhpa}\ntls-clients: {name: alpha}",
            "1:34: error: tls names 'alhpa', which is not in tls-clients (did you mean 'alpha'?)"
        ),
        ("tls-clients: {name: a, cert: c}", "1:1: error: missing key 'key' in tls-clients (cert and key go together)"),
        ("tls-clients: {name: a, key: c}", "1:1: error: missing key 'cert' in tls-clients (cert and key go together)"),
        (
            "tls-clients: {name: a, pinnedservercert: [abc]}",
            "1:43: error: pinnedservercert in tls-clients must be a SHA-224, SHA-256, SHA-384 or SHA-512 fingerprint in hexadecimal, not 'abc' (56, 64, 96 or 128 digits, with or without ':')"
        ),
        (
            "tcp-servers: {port: 1, remotenode: n, remoteservice: s, tlsclient: x}",
            "1:68: error: tlsclient names 'x', which is not in tls-clients"
        ),
        (
            "cert-init: {commonname: a, outcert: a, outkey: a, bits: 12}",
            "1:57: error: bits in cert-init must be a whole number from 1024 to 16384, not '12'"
        ),
    ])
    func `of a value say what it must be`(text: String, problem: String) {
        #expect(Sample.problems(text) == ["f.yml:\(problem)"])
    }

    @Test(arguments: [nil, "", "localhost", "LOCALHOST.localdomain", "a b"] as [String?])
    func `of the host name are told when the file gives no ID`(name: String?) {
        let problems = Sample.problems("version: 2", on: Sample.machine(named: name))
        #expect(
            problems.count == 1
                && problems[0].hasPrefix("f.yml:1:1: error: node has no id, and the host name cannot be one")
        )
        #expect(Sample.problems("node: foo", on: Sample.machine(named: name)).isEmpty)
    }

    @Test(arguments: [
        "work-signing: {privatekey: \"-----BEGIN hunter2\"}",
        "work-signing: {privatekey: \"hunter2\\nhunter2\"}",
        "ws-peers: {address: \"http://me:hunter2@host\"}",
        "ws-peers: {address: \"wss://me:hunter2@/\"}",
        "ws-peers: {address: \"ws://h\", extraheader: \"hunter2\"}",
    ])
    func `do not show secrets`(text: String) {
        let problems = Sample.problems(text)
        #expect(problems.count == 1 && !problems[0].contains("hunter2"), "\(problems)")
    }

    @Test func `show text from the file in one short visible line`() {
        let long = String(repeating: "x", count: 100)
        #expect(
            Sample.problems("node: {\"\\e[31m\\u202E\(long)\": 1}") == [
                "f.yml:1:8: error: unknown key '\\u{1b}[31m\\u{202e}\(String(repeating: "x", count: 34))…' in node"
            ]
        )
    }

    @Test func `of one place that aliases repeat are told once`() {
        let text = "tcp-peers:\n- &a {adress: 'h:1'}\n- *a\n- *a\n"
        #expect(
            Sample.problems(text) == [
                "f.yml:2:3: error: missing key 'address' in tcp-peers",
                "f.yml:2:7: error: unknown key 'adress' in tcp-peers (did you mean 'address'?)",
            ]
        )
    }

    @Test func `without end are counted`() {
        let text = "node:\n" + (0..<5000).map { "  k\($0): 1\n" }.joined()
        let problems = Sample.problems(text)
        #expect(problems.count == 1001 && problems.last == "error: 4000 more problems are not shown")
    }

    @Test func `leave the sound work types in a draft`() {
        let draft = Sample.draft("work-commands: [{worktype: a}, {worktype: b, plugin: []}, {}, {worktype: a}]")
        #expect(draft.configuration.workCommands.map(\.worktype) == ["a"])
        #expect(draft.problems.count == 3)
        #expect(throws: ConfigurationProblems(draft.problems)) { try draft.checked() }
    }
}
