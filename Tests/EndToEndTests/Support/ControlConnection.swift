import Foundation

/// A connection to a control service that knows nothing but bytes, lines and time-outs.
///
/// It shares no code with the product's client, so that the protocol is tested as others speak it.
final class ControlConnection {
    private var descriptor: Int32
    private var received: [UInt8] = []
    private let seconds: Double

    /// Connects to a Unix socket.
    init(unix path: String, seconds: Double = patience) throws {
        self.seconds = seconds
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix($0.count - 1))) }
        try connect(&address)
    }

    /// Connects to a TCP port of this machine.
    init(tcp port: UInt16, seconds: Double = patience) throws {
        self.seconds = seconds
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        try connect(&address)
    }

    private func connect<Address>(_ address: inout Address) throws {
        let size = socklen_t(MemoryLayout<Address>.size)
        let result = withUnsafeBytes(of: &address) { bytes in
            Foundation.connect(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, size)
        }
        guard result == 0 else { throw SystemFailure("connect") }
    }

    deinit { close() }

    // MARK: Sending

    /// Sends bytes; what the server does not take in time is an error.
    func send(_ bytes: [UInt8]) throws {
        let deadline = Deadline(in: seconds)
        var start = 0
        while start < bytes.count {
            guard deadline.wait(for: descriptor, events: Int32(POLLOUT)) else {
                throw TimedOut(awaited: "the server to take \(bytes.count - start) bytes")
            }
            let count = bytes[start...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0 && (errno == EAGAIN || errno == EINTR) { continue }
            guard count > 0 else { throw SystemFailure("send") }
            start += count
        }
    }

    /// Sends text.
    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Ends this side and still listens.
    func halfClose() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Goes away so that the other side sees the connection break.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Goes away.
    func close() {
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }

    // MARK: Receiving

    /// Whether there is something to read, or the end.
    var isReadable: Bool { !received.isEmpty || Deadline(in: 0).wait(for: descriptor, events: Int32(POLLIN)) }

    /// The next line with its newline; what there is when the server ends without one.
    func line() throws -> String {
        let deadline = Deadline(in: seconds)
        while true {
            if let newline = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeSubrange(...newline) }
                return String(decoding: received[...newline], as: UTF8.self)
            }
            guard try receive(deadline, awaiting: "a line") else {
                defer { received = [] }
                return String(decoding: received, as: UTF8.self)
            }
        }
    }

    /// Everything until the server ends.
    func rest() throws -> [UInt8] {
        let deadline = Deadline(in: seconds)
        while try receive(deadline, awaiting: "the end") {}
        defer { received = [] }
        return received
    }

    /// At least this many bytes, or everything until the server ends.
    func bytes(_ count: Int) throws -> [UInt8] {
        let deadline = Deadline(in: seconds)
        while received.count < count, try receive(deadline, awaiting: "\(count) bytes") {}
        defer { received.removeFirst(min(count, received.count)) }
        return Array(received.prefix(count))
    }

    /// - Returns: `false` at the end.
    private func receive(_ deadline: Deadline, awaiting what: String) throws -> Bool {
        guard deadline.wait(for: descriptor, events: Int32(POLLIN)) else {
            throw TimedOut(
                awaited: "\(what), have \(String(decoding: received.suffix(200), as: UTF8.self).debugDescription)"
            )
        }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno == EINTR { return true }
        if count < 0 && errno == ECONNRESET { return false }
        guard count >= 0 else { throw SystemFailure("recv") }
        received.append(contentsOf: buffer[..<count])
        return count > 0
    }
}
