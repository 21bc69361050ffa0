import NIOCore
import NIOPosix
import SocketSupport
import Testing

/// What is said about sockets that cannot be used.
@Suite(.timeLimit(.minutes(1))) struct `A socket that cannot be used` {
    private static let group = MultiThreadedEventLoopGroup.singleton

    @Test func `because its port is taken is told so, with what to do, in one line`() async throws {
        let first = try await ServerBootstrap(group: Self.group).listen(host: "127.0.0.1", port: 0).get()
        let port = try #require(first.localAddress?.port)
        let error = await #expect(throws: (any Error).self) {
            try await ServerBootstrap(group: Self.group).listen(host: "127.0.0.1", port: port).get()
        }
        let line = "\(SocketError(try #require(error)))"
        #expect(line == "address already in use: end the program that uses it, or choose another one")
        try await first.close()
    }

    @Test(arguments: [
        ("192.0.2.1", 0, "cannot assign requested address: choose an address of this machine"),
        ("no.such.name.invalid", 1, "cannot find the address of no.such.name.invalid"),
    ])
    func `because of its address is told in the system's words`(
        host: String,
        port: Int,
        reason: String
    ) async throws {
        let error = await #expect(throws: (any Error).self) {
            try await ServerBootstrap(group: Self.group).listen(host: host, port: port).get()
        }
        #expect("\(SocketError(try #require(error)))" == reason)
    }

    @Test(arguments: [1, 2, 12, 13, 20, 22, 24, 30, 40, 97, 98, 99, 101, 104, 110, 111, 113, 9999] as [CInt])
    func `has none of the library's words in its line`(number: CInt) {
        let line = "\(SocketError(IOError(errnoCode: number, reason: "bind(descriptor:ptr:bytes:)")))"
        for word in ["bind(", "descriptor", "errno", "\n"] { #expect(!line.contains(word), "\(line)") }
    }

    @Test func `is one of both families when no address is named`() async throws {
        let channel = try await ServerBootstrap(group: Self.group).listen(host: "", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        let client = ClientBootstrap(group: Self.group)
        let four = try await client.connect(host: "127.0.0.1", port: port).get()
        try await four.close()
        if channel.localAddress?.protocol == .inet6 {
            let six = try await client.connect(host: "::1", port: port).get()
            try await six.close()
        }
        try await channel.close()
    }

    @Test func `shows peers of both families as people write them`() throws {
        #expect(try SocketAddress(ipAddress: "::ffff:10.1.2.3", port: 7).shown == "10.1.2.3:7")
        #expect(try SocketAddress(ipAddress: "10.1.2.3", port: 7).shown == "10.1.2.3:7")
        #expect(try SocketAddress(ipAddress: "fe80::1", port: 7).shown == "[fe80::1]:7")
    }
}
