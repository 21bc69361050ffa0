import ControlClient
import Testing

@Suite struct `A control address` {
    @Test(arguments: [
        ("/run/foo.sock", ControlAddress.unix(path: "/run/foo.sock")),
        ("unix:/run/foo.sock", .unix(path: "/run/foo.sock")),
        ("unix:///run/foo.sock", .unix(path: "/run/foo.sock")),
        ("foo.sock", .unix(path: "foo.sock")),
        ("./a:b", .unix(path: "./a:b")),
        ("unix:a:b", .unix(path: "a:b")),
        ("~/foo.sock", .unix(path: "/home/me/foo.sock")),
        ("unix:~ann/foo.sock", .unix(path: "/home/ann/foo.sock")),
        ("~nobody-such/foo.sock", .unix(path: "~nobody-such/foo.sock")),
        ("tcp://localhost:8888", .tcp(host: "localhost", port: 8888)),
        ("tcp:10.0.0.1:1", .tcp(host: "10.0.0.1", port: 1)),
        ("tcp://[::1]:8888", .tcp(host: "::1", port: 8888)),
        ("tcp://::1:8888", .tcp(host: "::1", port: 8888)),
    ])
    func `is read in every form that operators write`(text: String, address: ControlAddress) throws {
        let homes = ["ann": "/home/ann"]
        #expect(try ControlAddress(parsing: text) { $0.map { homes[$0] } ?? "/home/me" } == address)
    }

    @Test(arguments: [
        ("", "the path is missing"), ("unix:", "the path is missing"), ("tcp://localhost", "the port is missing"),
        ("tcp://localhost:http", "the port must be a number from 1 to 65535"),
        ("tcp://localhost:0", "the port must be a number from 1 to 65535"),
        ("tcp://localhost:65536", "the port must be a number from 1 to 65535"),
        ("tcp://:80", "the host is missing"), ("tcp://[::1:80", "the host is not a name"),
        ("foo:bar", "use unix:/path or tcp://host:port"), ("/a\0b", "a path cannot contain a NUL character"),
    ])
    func `that makes no sense is refused with the reason`(text: String, reason: String) {
        #expect(throws: ControlError(.invalidAddress, "Invalid socket address \(text): \(reason)")) {
            try ControlAddress(parsing: text)
        }
    }

    @Test func `with TLS is refused as not supported yet`() {
        #expect { try ControlAddress(parsing: "tls://host:1") } throws: { error in
            guard let error = error as? ControlError else { return false }
            return error.code == .unsupported
                && error.message.hasPrefix("TLS control connections are not supported yet")
        }
    }

    @Test(arguments: ["unix:/run/foo.sock", "tcp://localhost:1", "tcp://[::1]:2"])
    func `is described in a form that can be read again`(text: String) throws {
        #expect(try ControlAddress(parsing: text).description == text)
    }
}
