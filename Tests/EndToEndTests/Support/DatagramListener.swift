import Foundation

/// A Unix datagram socket to which something is to report.
final class DatagramListener {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix($0.count - 1))) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let number = descriptor
        let result = withUnsafeBytes(of: &address) {
            bind(number, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, size)
        }
        guard result == 0 else { throw SystemFailure("bind") }
    }

    deinit { close(descriptor) }

    /// The next datagram as text.
    func next() throws -> String {
        guard Deadline(in: patience).wait(for: descriptor, events: Int32(POLLIN)) else {
            throw TimedOut(awaited: "a datagram")
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw SystemFailure("recv") }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
