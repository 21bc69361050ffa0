import Testing
import Workceptor

@testable import Configuration

@Suite struct `Sections` {
    @Test func `have defaults`() throws {
        let file = try Sample.configuration(
            """
            version: 2
            control-services: [{}]
            work-commands: [{worktype: w}]
            work-signing: {privatekey: k}
            tcp-listeners: [{port: 1}]
            tcp-peers: [{address: "h:1"}]
            ws-listeners: [{port: 1}]
            ws-peers: [{address: "ws://h"}]
            udp-listeners: [{port: 1}]
            udp-peers: [{address: "h:1"}]
            tls-servers: [{name: s, cert: c, key: k}]
            tls-clients: [{name: c}]
            tcp-servers: [{port: 1, remotenode: n, remoteservice: s}]
            tcp-clients: [{service: s, address: "h:1"}]
            udp-servers: [{port: 1, remotenode: n, remoteservice: s}]
            udp-clients: [{service: s, address: "h:1"}]
            unix-socket-servers: [{filename: f, remotenode: n, remoteservice: s}]
            unix-socket-clients: [{filename: f, service: s}]
            """
        )
        func at(_ line: Int, _ column: Int) -> SourcePosition { Sample.position(line, column) }
        let here = NetworkAddress(host: "h", port: 1)
        #expect(
            file.node
                == .init(
                    id: "host.example",
                    dataDirectory: "/tmp/receptor",
                    firewallRules: [],
                    maxIdleConnectionTimeout: .seconds(21)
                )
        )
        #expect(file.logLevel == .init(level: .error))
        #expect(file.controlServices == [.init(service: "control", permissions: 0o600, position: at(2, 20))])
        #expect(
            file.workCommands == [
                .init(
                    worktype: "w",
                    plugin: "command",
                    allowRuntimeParams: false,
                    verifySignature: false,
                    settings: YAMLSettings(section: "work-commands", entries: [], position: at(3, 17)),
                    position: at(3, 17)
                )
            ]
        )
        #expect(file.workSigning == .init(privateKey: "k", tokenExpiration: .seconds(300), position: at(4, 1)))
        #expect(
            file.tcpListeners == [
                .init(
                    port: 1,
                    bindAddress: "",
                    cost: 1,
                    nodeCosts: [:],
                    position: at(5, 17)
                )
            ]
        )
        #expect(
            file.tcpPeers == [.init(address: here, redial: true, cost: 1, position: at(6, 13))]
        )
        #expect(
            file.wsListeners == [
                .init(
                    port: 1,
                    bindAddress: "",
                    path: "/",
                    cost: 1,
                    nodeCosts: [:],
                    position: at(7, 16)
                )
            ]
        )
        #expect(
            file.wsPeers == [.init(url: "ws://h", redial: true, cost: 1, position: at(8, 12))]
        )
        #expect(
            file.udpListeners == [
                .init(
                    port: 1,
                    bindAddress: "",
                    cost: 1,
                    nodeCosts: [:],
                    position: at(9, 17)
                )
            ]
        )
        #expect(
            file.udpPeers == [.init(address: here, redial: true, cost: 1, position: at(10, 13))]
        )
        #expect(
            file.tlsServers == [
                .init(
                    name: "s",
                    certificate: "c",
                    key: "k",
                    requireClientCertificate: false,
                    pinnedClientCertificates: [],
                    skipReceptorNamesCheck: false,
                    minTLS13: false,
                    position: at(11, 15)
                )
            ]
        )
        #expect(
            file.tlsClients == [
                .init(
                    name: "c",
                    insecureSkipVerify: false,
                    pinnedServerCertificates: [],
                    skipReceptorNamesCheck: false,
                    minTLS13: false,
                    position: at(12, 15)
                )
            ]
        )
        #expect(
            file.tcpServers == [
                .init(
                    port: 1,
                    bindAddress: "",
                    remoteNode: "n",
                    remoteService: "s",
                    position: at(13, 15)
                )
            ]
        )
        #expect(file.tcpClients == [.init(service: "s", address: here, position: at(14, 15))])
        #expect(
            file.udpServers == [
                .init(
                    port: 1,
                    bindAddress: "",
                    remoteNode: "n",
                    remoteService: "s",
                    position: at(15, 15)
                )
            ]
        )
        #expect(file.udpClients == [.init(service: "s", address: here, position: at(16, 15))])
        #expect(
            file.unixSocketServers == [
                .init(path: "f", permissions: 0o600, remoteNode: "n", remoteService: "s", position: at(17, 23))
            ]
        )
        #expect(file.unixSocketClients == [.init(path: "f", service: "s", position: at(18, 23))])
        #expect(file.workVerification == nil && file.localOnly == nil && file.trace == nil)
        #expect(file.certInit == nil && file.certMakeReqs.isEmpty && file.certSignReqs.isEmpty)
    }

    @Test func `take all of their keys, in any spelling`() throws {
        let fingerprint = String(repeating: "aB:", count: 32).dropLast()
        let file = try Sample.configuration(
            """
            Node:
              ID: foo
              Data-Dir: /data
              max_idle_connection_timeout: 1m
              firewallRules:
                - {action: Accept, FromNode: a, toNode: /b.*/, from-service: c, to_service: "/(?i)d|e/"}
                - action: drop
              pluginsdir: more.d
            CONTROL-SERVICES:
              - {service: c, filename: /c, permissions: 0660, tls: s, tcplisten: 1234, tcptls: s}
            workCommands:
              - {Work-Type: w, plugin: echo, allow_runtime_params: yes, verifySignature: "On", Other: 1}
            workVerification: {publicKey: k}
            tcp_listeners:
              - {port: 1, bindAddr: "::1", tls: s, cost: 1.5, nodeCost: {B: 2, b: 0.5}, allowedPeers: [a, b]}
            tcpPeers: {address: "[::1]:1", redial: no, tls: c, cost: 2, allowedpeers: a}
            ws-listener: {port: 1, bindaddr: h, path: /p, tls: s, cost: 2, nodecost: {a: 1}, allowedpeers: [a]}
            ws-peer: {address: "wss://h:1/p", extraheader: "A: b", redial: off, tls: default, cost: 2}
            udp-listener: {port: 1, bindaddr: 127.0.0.1, cost: 2, nodecost: {a: 1}, allowedpeers: [a]}
            udp-peer: {address: "127.0.0.1:1", redial: n, cost: 2, allowedpeers: [a]}
            tls-server: {name: s, cert: c, key: k, clientcas: a, requireclientcert: y,
              pinnedclientcert: ["\(fingerprint)"], skipreceptornamescheck: true, mintls13: true}
            tls-client: {name: c, cert: c, key: k, rootcas: a, insecureskipverify: TRUE,
              pinnedservercert: "\(fingerprint)", skipreceptornamescheck: true, mintls13: true}
            tcp-server: {port: 1, bindaddr: h, remotenode: n, remoteservice: s, tlsserver: s, tlsclient: c}
            tcp-client: {service: s, address: "h:1", tlsserver: s, tlsclient: c}
            udp-server: {port: 1, bindaddr: h, remotenode: n, remoteservice: s}
            unix-socket-server: {filename: f, permissions: "0666", remotenode: n, remoteservice: s, tls: c}
            unix-socket-client: {filename: f, service: s, tls: s}
            cert-init: {commonname: ca, bits: 4096, notbefore: x, notafter: y, outcert: c, outkey: k}
            cert-makereq: {commonname: n, dnsname: [a, b], ipaddress: "::1", nodeid: n, outreq: r, outkey: k}
            cert-signreq: {req: r, cacert: c, cakey: k, outcert: o, verify: yes}
            local-only:
            trace: true
            """,
            on: Sample.machine(directories: ["more.d"])
        )
        #expect(file.node.dataDirectory == "/data" && file.node.maxIdleConnectionTimeout == .seconds(60))
        #expect(
            file.node.firewallRules == [
                .init(
                    action: .accept,
                    fromNode: "a",
                    toNode: "/b.*/",
                    fromService: "c",
                    toService: "/(?i)d|e/",
                    position: Sample.position(6, 7)
                ),
                .init(action: .drop, position: Sample.position(7, 7)),
            ]
        )
        #expect(file.node.pluginsDirectory == "more.d")
        #expect(
            file.controlServices == [
                .init(
                    service: "c",
                    path: "/c",
                    permissions: 0o660,
                    tls: "s",
                    tcpListen: NetworkAddress(host: "", port: 1234),
                    tcpTLS: "s",
                    position: Sample.position(10, 5)
                )
            ]
        )
        #expect(file.workCommands.map(\.plugin) == ["echo"] && file.workCommands[0].settings.keys == ["other"])
        #expect(file.workCommands[0].allowRuntimeParams && file.workCommands[0].verifySignature)
        #expect(file.tcpListeners[0].nodeCosts == ["B": 2, "b": 0.5] && file.tcpListeners[0].bindAddress == "::1")
        #expect(file.tcpListeners[0].allowedPeers == ["a", "b"] && file.tcpListeners[0].tls == "s")
        #expect(file.tcpPeers[0].address == NetworkAddress(host: "::1", port: 1) && !file.tcpPeers[0].redial)
        #expect(file.tcpPeers[0].allowedPeers == ["a"] && file.tcpPeers[0].tls == "c" && file.tcpPeers[0].cost == 2)
        #expect(file.wsListeners[0].path == "/p" && file.wsPeers[0].extraHeader == "A: b")
        #expect(!file.udpPeers[0].redial && file.udpListeners[0].bindAddress == "127.0.0.1")
        let bytes = [UInt8](repeating: 0xAB, count: 32)
        #expect(file.tlsServers[0].pinnedClientCertificates == [bytes] && file.tlsServers[0].minTLS13)
        #expect(file.tlsClients[0].pinnedServerCertificates == [bytes] && file.tlsClients[0].insecureSkipVerify)
        #expect(file.tcpServers[0].tlsClient == "c" && file.tcpClients[0].tlsServer == "s")
        #expect(file.unixSocketServers[0].permissions == 0o666 && file.unixSocketClients[0].tls == "s")
        #expect(file.certInit?.bits == 4096 && file.certMakeReqs[0].dnsNames == ["a", "b"])
        #expect(file.certSignReqs[0].verify)
        #expect(file.localOnly == .init(position: Sample.position(33, 1)) && file.trace != nil)
    }

    @Test func `may all stand in a list under their singular names`() throws {
        let file = try Sample.configuration(
            """
            - node: foo
            - log-level: {level: Warning}
            - control-service: other
            - work-command: {worktype: a}
            - work-command: {worktype: b}
            - work-signing: k
            - work-verification: {publickey: k}
            - tcp-listener: 1
            - tcp-listener: {port: 2}
            - tcp-peer: h:1
            - ws-listener: 3
            - ws-peer: ws://h/
            - udp-listener: 4
            - udp-peer: h:5
            - tls-server: {name: s, cert: c, key: k}
            - tls-client: {name: c}
            - tcp-server: {port: 1, remotenode: n, remoteservice: s}
            - tcp-client: {service: s, address: "h:1"}
            - udp-server: {port: 1, remotenode: n, remoteservice: s}
            - udp-client: {service: s, address: "h:1"}
            - unix-socket-server: {filename: f, remotenode: n, remoteservice: s}
            - unix-socket-client: {filename: f, service: s}
            - local-only
            - trace: false
            """
        )
        #expect(file.node.id == "foo" && file.logLevel.level == .warning)
        #expect(file.controlServices.map(\.service) == ["other"] && file.workCommands.map(\.worktype) == ["a", "b"])
        #expect(file.tcpListeners.map(\.port) == [1, 2] && file.wsListeners.map(\.port) == [3])
        #expect(file.udpListeners.map(\.port) == [4] && file.udpPeers.map(\.address.port) == [5])
        #expect(file.localOnly?.position == Sample.position(23, 3) && file.trace == nil)
        #expect(file.features.count == 23)
    }

    @Test func `take numbers and words for texts as they are written`() throws {
        #expect(try Sample.configuration("node: {id: 0123}").node.id == "0123")
        #expect(try Sample.configuration("node: {id: yes}").node.id == "yes")
        #expect(try Sample.configuration("node: {id: 'null'}").node.id == "null")
        #expect(try Sample.configuration("node: {id: null, datadir: ''}").node.id == "host.example")
    }

    @Test func `read permissions as octal however they are written`() throws {
        for text in ["0600", "600", "\"0600\"", "'600'", "0o600"] {
            let file = try Sample.configuration("control-services: [{permissions: \(text)}]")
            #expect(file.controlServices[0].permissions == 0o600, "\(text)")
        }
    }

    @Test(arguments: ["localhost", "LocalHost"])
    func `may lead to services of this node`(name: String) throws {
        let file = try Sample.configuration("tcp-server: {port: 1, remotenode: \(name), remoteservice: control}")
        #expect(file.tcpServers[0].remoteNode == "localhost")
    }

    @Test func `say whether units survive a power cut`() throws {
        #expect(try Sample.configuration("node: foo").node.durability == .full)
        #expect(try Sample.configuration("node: {id: foo, durability: Relaxed}").node.durability == .relaxed)
    }

    @Test func `take socket paths of up to 107 bytes`() throws {
        let path = "/" + String(repeating: "s", count: 106)
        #expect(try Sample.configuration("control-service: {filename: \(path)}").controlServices[0].path == path)
        let problems = Sample.problems("control-service: {filename: \(path)s}")
        #expect(
            problems == [
                "f.yml:1:29: error: filename in control-services must not be longer than 107 bytes, the most that a Unix socket's path can have: '\(path)s'"
            ]
        )
    }

    @Test func `that the caller refuses are noted and not checked`() {
        let text = "tls-servers: [{nam: x}]\ntcp-listener: {port: 1, tls: x}"
        let draft = Configuration.draft(
            Array(text.utf8),
            file: "f.yml",
            host: Sample.machine(),
            unread: ["tls-servers"]
        )
        #expect(
            draft.problems == [] && draft.configuration.features.map(\.section) == ["tls-servers", "tcp-listeners"]
        )
    }

    @Test func `with nothing in a map are empty lists`() throws {
        let file = try Sample.configuration("version: 2\nwork-commands:\ntcp-peer: ~\n")
        #expect(file.workCommands.isEmpty && file.tcpPeers.isEmpty && file.features.isEmpty)
    }

    @Test func `of drop-ins are looked for beside the file unless it says where`() throws {
        let machine = Sample.machine(directories: ["/etc/w/plugins.d", "/etc/w/x", "/y", "plugins.d"])
        func directory(_ text: String, file: String = "/etc/w/f.yml") throws -> String? {
            try Sample.configuration(text, file: file, on: machine).node.pluginsDirectory
        }
        #expect(try directory("version: 2") == "/etc/w/plugins.d")
        #expect(try directory("version: 2", file: "f.yml") == "plugins.d")
        #expect(try directory("version: 2", file: "/f.yml") == nil)
        #expect(try directory("node: {id: a, pluginsdir: x}") == "/etc/w/x")
        #expect(try directory("node: {id: a, pluginsdir: /y}") == "/y")
    }
}
