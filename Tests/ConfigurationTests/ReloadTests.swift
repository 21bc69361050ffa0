import Testing

@testable import Configuration

@Suite struct `Reloading` {
    private static let start = """
        node: {id: foo}
        control-services: [{filename: /s}]
        tls-servers: [{name: s, cert: c, key: k}]
        work-verification: {publickey: k}
        """

    @Test(arguments: [
        start, "# one line down\n\(start)",
        "\(start)\nlog-level: debug\ntcp-listener: {port: 1}\nudp-peer: {address: 'h:1'}\nws-listener: {port: 2}",
        "\(start)\nlocal-only:\nwork-commands: [{worktype: a}]",
        start.replacingID("foo, firewallrules: [{action: drop}], pluginsdir: p"),
    ])
    func `takes over links, log level, firewall rules, work types and drop-ins`(text: String) throws {
        let before = try Sample.configuration(Self.start)
        let after = try Sample.configuration(text, on: Sample.machine(directories: ["p"]))
        #expect(before.nonReloadableChanges(to: after).isEmpty)
    }

    @Test(arguments: [
        (start.replacingID("bar"), ["node.id"]),
        (start.replacingID("foo, datadir: /d"), ["node.datadir"]),
        (start.replacingID("foo, maxidleconnectiontimeout: 22s"), ["node.maxidleconnectiontimeout"]),
        ("\(start)\ntrace:\nwork-signing: k", ["work-signing", "trace"]),
        ("\(start)\ntcp-server: {port: 1, remotenode: n, remoteservice: s}", ["tcp-servers"]),
        ("node: foo", ["control-services", "work-verification", "tls-servers"]),
    ])
    func `names everything else that has changed`(text: String, changes: [String]) throws {
        let before = try Sample.configuration(Self.start)
        let after = try Sample.configuration(text)
        #expect(before.nonReloadableChanges(to: after) == changes)
        #expect(after.nonReloadableChanges(to: before) == changes)
    }
}

extension String {
    /// The file with another ID and what follows it.
    fileprivate func replacingID(_ id: String) -> String {
        "node: {id: \(id)}\n" + split(separator: "\n").dropFirst().joined(separator: "\n")
    }
}
