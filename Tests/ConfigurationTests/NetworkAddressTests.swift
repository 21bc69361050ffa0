import Configuration
import Testing

@Suite struct `Addresses` {
    @Test(
        arguments: [
            ("localhost:2222", "localhost", 2222), ("192.0.2.1:0", "192.0.2.1", 0), ("[::1]:65535", "::1", 65535),
            ("[fe80::1%eth0]:1", "fe80::1%eth0", 1), ("a_b.example.:1", "a_b.example.", 1),
        ] as [(String, String, UInt16)]
    )
    func `are a host and a port`(text: String, host: String, port: UInt16) throws {
        let address = try #require(NetworkAddress(text))
        #expect(address == NetworkAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":", "h", "h:", ":1", "h:65536", "h:-1", "h:+1", "h:01", "h:http", "::1:1", "[::1]", "[::1:1", "::1]:1",
        "[h]:1", "[]:1", "[::1%]:1", "a b:1", "h:1 ", "a/b:1", "u@h:1", "http://h:1",
    ])
    func `that are neither are none`(text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test func `to listen on may be a port alone`() {
        #expect(NetworkAddress(listening: "22") == NetworkAddress(host: "", port: 22))
        #expect(NetworkAddress(listening: ":22") == NetworkAddress(host: "", port: 22))
        #expect(NetworkAddress(listening: "[::]:22") == NetworkAddress(host: "::", port: 22))
        #expect(NetworkAddress(listening: "x") == nil)
    }
}
