import Testing

@testable import Configuration

@Suite struct `A list of allowed peers` {
    private static let sections = [
        "tcp-listener: {port: 1", "udp-listener: {port: 1", "ws-listener: {port: 1", "tcp-peer: {address: 'h:1'",
        "udp-peer: {address: 'h:1'", "ws-peer: {address: 'ws://h'",
    ]

    private func peers(_ section: String, _ list: String) throws -> [[String]?] {
        let file = try Sample.configuration("\(section)\(list)}")
        return file.tcpListeners.map(\.allowedPeers) + file.tcpPeers.map(\.allowedPeers)
            + file.udpListeners.map(\.allowedPeers) + file.udpPeers.map(\.allowedPeers)
            + file.wsListeners.map(\.allowedPeers) + file.wsPeers.map(\.allowedPeers)
    }

    @Test(arguments: sections)
    func `that is absent restricts nothing, and one that is empty lets nobody in`(section: String) throws {
        #expect(try peers(section, "") == [nil])
        #expect(try peers(section, ", allowedpeers: []") == [[]])
        #expect(try peers(section, ", allowedpeers: ''") == [[]])
        #expect(try peers(section, ", allowedpeers: bar") == [["bar"]])
        #expect(try peers(section, ", allowedpeers: [bar, fish]") == [["bar", "fish"]])
    }

    @Test(arguments: [
        "'[\"bar\",\"fish\"]'", "'bar,fish'", "'bar; fish'", "bar fish", "null", "~", "{bar: 1}", "[[bar]]",
    ])
    func `in a spelling that is not understood is an error`(list: String) {
        for section in Self.sections {
            #expect(Sample.problems("\(section), allowedpeers: \(list)}").count == 1, "\(section)")
        }
    }

    @Test(arguments: [
        "tls-server: {name: a, cert: c, key: k, pinnedclientcert", "tls-client: {name: a, pinnedservercert",
    ])
    func `of certificates must not be empty`(section: String) {
        for list in ["[]", "''", "null"] { #expect(Sample.problems("\(section): \(list)}").count == 1, "\(list)") }
        #expect(Sample.problems("\(section): [abc]}").count == 1)
        #expect(Sample.problems("\(section): \(String(repeating: "ab", count: 32))}") == [])
    }
}
