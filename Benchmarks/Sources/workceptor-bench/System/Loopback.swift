internal import Glibc

/// The loopback interface.
enum Loopback {
    /// A TCP port that nothing listens on.
    static func freePort() throws -> Int {
        let socket = try FileDescriptor(
            owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0),
            for: "make a socket"
        )
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let result = bind(socket.number, address, length)
                return result == 0 ? getsockname(socket.number, address, &length) : result
            }
        }
        guard result == 0 else { throw Failure.system("find a free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
