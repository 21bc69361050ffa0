import Glibc
import JSON

/// The output of a unit as it comes: control protocol, section 4.
public final class ResultsStream {
    /// How many bytes of the unit's output have been written, counted from its start.
    public private(set) var position: Int64

    private let connection: ControlConnection
    /// What was received and is not written yet; kept when a wait is ended in between.
    private var pending: [UInt8]
    private var written = 0
    private static let chunk = 256 << 10

    /// Asks for the output of a unit.
    ///
    /// - Parameters:
    ///   - unitID: the unit.
    ///   - position: where to start, in bytes.
    ///   - connection: a connection that is used for nothing else from now on.
    /// - Throws: ``ControlError``.
    public init(of unitID: String, from position: Int64, over connection: ControlConnection) throws(ControlError) {
        try connection.send(.results(unit: unitID, startPosition: position, signature: nil))
        let reply = try connection.readLine()
        if let refusal = ControlConnection.refusal(in: reply) { throw refusal }
        guard ControlReply.isStreamingResults(reply) else { throw connection.unexpected(reply) }
        connection.socket.endWriting()
        self.connection = connection
        self.position = position
        pending = connection.takeBuffered()
    }

    /// Writes what comes to a descriptor until the node ends the stream.
    ///
    /// After an error of code `interrupted`, and when the deadline has passed, it can be called again and goes on
    /// where it was.
    ///
    /// - Parameters:
    ///   - output: the descriptor.
    ///   - deadline: when to stop waiting for more; never for `nil`.
    /// - Returns: whether the stream has ended; `false` when the deadline has passed.
    /// - Throws: ``ControlError``, of code `outputClosed` when nobody reads the output any more.
    @discardableResult
    public func copy(to output: CInt, deadline: ContinuousClock.Instant? = nil) throws(ControlError) -> Bool {
        while true {
            try writePending(to: output)
            switch try receive(watching: output, deadline: deadline) {
            case .bytes: continue
            case .end: return true
            case .nothingInTime: return false
            }
        }
    }

    private enum Received { case bytes, end, nothingInTime }

    private func writePending(to output: CInt) throws(ControlError) {
        while written < pending.count {
            let count = pending.withUnsafeBytes {
                write(output, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count >= 0 {
                written += count
                position += Int64(count)
                continue
            }
            switch errno {
            case EINTR: try checkInterruption()
            case EAGAIN: _ = try SystemCall.wait(for: output, POLLOUT, interruption: connection.interruption)
            case EPIPE: throw Self.outputClosed
            default: throw ControlError(.outputFailed, "Failed to write the output: \(SystemCall.text(of: errno))")
            }
        }
        pending.removeAll(keepingCapacity: true)
        written = 0
    }

    private func receive(watching output: CInt, deadline: ContinuousClock.Instant?) throws(ControlError) -> Received {
        while true {
            var failure: ControlError?
            var received: Int?
            pending = [UInt8](unsafeUninitializedCapacity: Self.chunk) { space, count in
                do throws(ControlError) {
                    received = try connection.socket.receiveNow(into: UnsafeMutableRawBufferPointer(space))
                } catch {
                    failure = error
                }
                count = received ?? 0
            }
            if let failure { throw failure }
            if let received { return received > 0 ? .bytes : .end }
            guard try waitForBytes(watching: output, deadline: deadline) else { return .nothingInTime }
        }
    }

    /// Waits for the node, and notices meanwhile when the reader of the output is gone: a unit may be silent for long.
    private func waitForBytes(
        watching output: CInt,
        deadline: ContinuousClock.Instant?
    ) throws(ControlError) -> Bool {
        var entries = [
            pollfd(fd: connection.socket.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: output, events: 0, revents: 0),
        ]
        let hasEvent = try SystemCall.poll(&entries, interruption: connection.interruption, deadline: deadline)
        if entries[1].revents & Int16(POLLERR | POLLNVAL) != 0 { throw Self.outputClosed }
        return hasEvent
    }

    private func checkInterruption() throws(ControlError) {
        var nothing: [pollfd] = []
        _ = try SystemCall.poll(&nothing, interruption: connection.interruption, deadline: .now)
    }

    private static let outputClosed = ControlError(.outputClosed, "nobody reads the output any more")
}
