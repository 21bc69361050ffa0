import Foundation

/// A wire between two nodes that can be cut: passes TCP connections on to a port of this machine.
final class Forwarder: Sendable {
    private struct State {
        var listener: Int32 = -1
        var pairs: [Int: (Int32, Int32)] = [:]
        var next = 0
    }

    private let target: UInt16
    private let reserved: FreePort
    /// Bytes a second in each direction, if that is limited.
    private let rate: Int?
    private let state = Locked(State())
    var port: UInt16 { reserved.number }

    init(to target: UInt16, rate: Int? = nil) throws {
        self.target = target
        reserved = try FreePort()
        self.rate = rate
        try heal()
    }

    /// Lets connections through, from now on.
    func heal() throws {
        let listener = try Self.socketBound(to: port)
        guard listen(listener, 16) == 0 else { throw SystemFailure("listen") }
        state.update { $0.listener = listener }
        Thread.detachNewThread { self.accept(on: listener) }
    }

    /// Breaks what is connected and refuses what comes.
    func cut() {
        state.update { content in
            if content.listener >= 0 { shutdown(content.listener, Int32(SHUT_RDWR)) }
            content.listener = -1
            for (first, second) in content.pairs.values {
                shutdown(first, Int32(SHUT_RDWR))
                shutdown(second, Int32(SHUT_RDWR))
            }
        }
    }

    func stop() { cut() }

    private static func socketBound(to port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress(port, { bind(descriptor, $0, $1) }) == 0 else { throw SystemFailure("bind") }
        return descriptor
    }

    private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafeBytes(of: &address) { bytes in
            bytes.assumingMemoryBound(to: sockaddr.self).baseAddress.map {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            } ?? -1
        }
    }

    private func accept(on listener: Int32) {
        defer { close(listener) }
        while true {
            let near = Foundation.accept(listener, nil, nil)
            if near < 0 && errno == EINTR { continue }
            guard near >= 0 else { return }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard Self.withAddress(target, { connect(far, $0, $1) }) == 0 else {
                close(near)
                close(far)
                continue
            }
            for descriptor in [near, far] {
                var yes: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            }
            let number = state.update { content -> Int? in
                // It was cut meanwhile.
                guard content.listener == listener else { return nil }
                content.next += 1
                content.pairs[content.next] = (near, far)
                return content.next
            }
            guard let number else {
                close(near)
                close(far)
                return
            }
            Thread.detachNewThread { self.pass(number, near, far) }
        }
    }

    /// Passes both directions on until one ends.
    private func pass(_ number: Int, _ near: Int32, _ far: Int32) {
        let back = DispatchGroup()
        back.enter()
        Thread.detachNewThread {
            self.pass(from: far, to: near)
            back.leave()
        }
        pass(from: near, to: far)
        back.wait()
        state.update { $0.pairs[number] = nil }
        close(near)
        close(far)
    }

    private func pass(from source: Int32, to sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        loop: while true {
            let count = recv(source, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            if let rate { usleep(UInt32(count * 1_000_000 / rate)) }
            var start = 0
            while start < count {
                let sent = buffer[start..<count].withUnsafeBytes {
                    Foundation.send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent < 0 && errno == EINTR { continue }
                guard sent > 0 else { break loop }
                start += sent
            }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }
}
