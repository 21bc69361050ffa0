import Glibc

/// A connected stream socket that never blocks in a call: it waits in `poll`, where a wait can be ended.
final class Socket {
    let descriptor: CInt
    private var isOpen = true

    /// Takes over a connected descriptor.
    init(owning descriptor: CInt) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { close() }

    func close() {
        guard isOpen else { return }
        isOpen = false
        _ = Glibc.close(descriptor)
    }

    /// Ends the sending direction; what the other side sends can still be received.
    func endWriting() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

    /// Receives what there is, at most as much as fits.
    ///
    /// - Returns: how many bytes; 0 at the end.
    func receive(
        into space: UnsafeMutableRawBufferPointer,
        interruption: Interruption?,
        deadline: ContinuousClock.Instant? = nil
    ) throws(ControlError) -> Int {
        while true {
            if let count = try receiveNow(into: space) { return count }
            guard
                try SystemCall.wait(for: descriptor, POLLIN, interruption: interruption, deadline: deadline)
            else { throw ControlError(.timedOut, "the node did not answer in time") }
        }
    }

    /// Receives what is there already.
    ///
    /// - Returns: how many bytes, 0 at the end, `nil` when nothing is there.
    func receiveNow(into space: UnsafeMutableRawBufferPointer) throws(ControlError) -> Int? {
        let count = SystemCall.retrying { recv(descriptor, space.baseAddress, space.count, 0) }
        if count >= 0 { return count }
        if errno == EAGAIN { return nil }
        throw lost(errno)
    }

    /// Sends all the bytes.
    func send(_ bytes: UnsafeRawBufferPointer, interruption: Interruption?) throws(ControlError) {
        var rest = bytes
        while !rest.isEmpty {
            if let count = try sendNow(rest) {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            } else {
                _ = try SystemCall.wait(for: descriptor, POLLOUT, interruption: interruption)
            }
        }
    }

    /// Sends what fits now.
    ///
    /// - Returns: how many bytes, `nil` when nothing fits.
    func sendNow(_ bytes: UnsafeRawBufferPointer) throws(ControlError) -> Int? {
        let count = SystemCall.retrying {
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        if errno == EAGAIN { return nil }
        throw lost(errno)
    }

    private func lost(_ number: CInt) -> ControlError {
        ControlError(.connectionLost, "the connection to the node was lost: \(SystemCall.text(of: number))")
    }
}
