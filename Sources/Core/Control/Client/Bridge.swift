import Glibc

/// Connects two local descriptors with a connection that was connected through to a service, both ways at once, and
/// passes the end of each direction on.
public struct Bridge {
    private let connection: ControlConnection
    private let input: CInt
    private let output: CInt
    private var toService = Direction(limit: 64 << 10)
    private var fromService = Direction(limit: 64 << 10)

    /// One direction: what was read and is not written yet.
    private struct Direction {
        let limit: Int
        var bytes: [UInt8] = []
        var isAtEnd = false
        var isEndPassedOn = false

        var wantsToRead: Bool { bytes.isEmpty && !isAtEnd }
        var wantsToWrite: Bool { !bytes.isEmpty }
    }

    /// A bridge between a connection and two descriptors, which stay open.
    public init(connection: ControlConnection, input: CInt, output: CInt) {
        self.connection = connection
        self.input = input
        self.output = output
        fromService.bytes = connection.takeBuffered()
    }

    /// Carries bytes until the service ends its side, or nobody reads the output any more.
    ///
    /// - Parameter filter: sees what was read from the input before it is sent and may change it; `false` ends the
    ///   bridge.
    /// - Throws: ``ControlError``.
    public mutating func run(filter: (inout [UInt8]) -> Bool = { _ in true }) throws(ControlError) {
        while !(fromService.isAtEnd && fromService.bytes.isEmpty) {
            let ready = try wait()
            if ready.input, try !readInput(filter) { return }
            if ready.socketOut { try writeToService() }
            passOnEnd()
            if ready.socketIn { try readFromService() }
            if ready.output, try !writeOutput() { return }
        }
    }

    private struct Ready {
        var input = false
        var socketIn = false
        var socketOut = false
        var output = false
    }

    private func wait() throws(ControlError) -> Ready {
        let socketEvents = (fromService.wantsToRead ? POLLIN : 0) | (toService.wantsToWrite ? POLLOUT : 0)
        // A negative descriptor is not looked at: one that is at its end would be ready all the time.
        var entries = [
            pollfd(fd: toService.wantsToRead ? input : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socketEvents == 0 ? -1 : connection.socket.descriptor, events: Int16(socketEvents), revents: 0),
            pollfd(fd: output, events: fromService.wantsToWrite ? Int16(POLLOUT) : 0, revents: 0),
        ]
        _ = try SystemCall.poll(&entries, interruption: connection.interruption)
        let socketFailed = entries[1].revents & Int16(POLLERR | POLLHUP) != 0
        return Ready(
            input: entries[0].revents != 0,
            socketIn: fromService.wantsToRead && (socketFailed || entries[1].revents & Int16(POLLIN) != 0),
            socketOut: toService.wantsToWrite && (socketFailed || entries[1].revents & Int16(POLLOUT) != 0),
            output: entries[2].revents != 0
        )
    }

    private mutating func readInput(_ filter: (inout [UInt8]) -> Bool) throws(ControlError) -> Bool {
        var number: CInt = 0
        var result = 0
        toService.bytes = [UInt8](unsafeUninitializedCapacity: toService.limit) { space, count in
            result = read(input, space.baseAddress, space.count)
            number = errno
            count = max(0, result)
        }
        guard result >= 0 else {
            if number == EINTR || number == EAGAIN { return true }
            throw ControlError(.inputFailed, "Failed to read the input: \(SystemCall.text(of: number))")
        }
        toService.isAtEnd = result == 0
        return result == 0 || filter(&toService.bytes)
    }

    private mutating func writeToService() throws(ControlError) {
        var failure: ControlError?
        let sent = toService.bytes.withUnsafeBytes { bytes in
            do throws(ControlError) {
                return try connection.socket.sendNow(bytes) ?? 0
            } catch {
                failure = error
                return 0
            }
        }
        if failure != nil {
            // The service may have ended its reading side only: what it still says is wanted.
            toService.bytes = []
            toService.isAtEnd = true
            return
        }
        toService.bytes.removeFirst(sent)
    }

    private mutating func passOnEnd() {
        guard toService.isAtEnd, toService.bytes.isEmpty, !toService.isEndPassedOn else { return }
        toService.isEndPassedOn = true
        connection.socket.endWriting()
    }

    private mutating func readFromService() throws(ControlError) {
        var failure: ControlError?
        var received: Int?
        fromService.bytes = [UInt8](unsafeUninitializedCapacity: fromService.limit) { space, count in
            do throws(ControlError) {
                received = try connection.socket.receiveNow(into: UnsafeMutableRawBufferPointer(space))
            } catch {
                failure = error
            }
            count = received ?? 0
        }
        if let failure { throw failure }
        fromService.isAtEnd = received == 0
    }

    /// - Returns: `false` when nobody reads the output any more.
    private mutating func writeOutput() throws(ControlError) -> Bool {
        guard fromService.wantsToWrite else { return false }
        // Not more than a pipe takes at once when it says that it is ready: the write must not block, or the other
        // direction would stand still.
        let count = fromService.bytes.withUnsafeBytes { write(output, $0.baseAddress, min($0.count, 4096)) }
        if count >= 0 {
            fromService.bytes.removeFirst(count)
            return true
        }
        switch errno {
        case EINTR, EAGAIN: return true
        case EPIPE: return false
        default: throw ControlError(.outputFailed, "Failed to write the output: \(SystemCall.text(of: errno))")
        }
    }
}
