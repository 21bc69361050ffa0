import Glibc
import TimeFormats

/// The few system calls this module makes, with interrupted calls made again and waits that can be ended.
enum SystemCall {
    /// The text of an error number.
    static func text(of number: CInt) -> String { String(cString: strerror(number)) }

    /// Makes a call again for as long as a signal interrupts it.
    static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    /// Waits until one of the entries has an event.
    ///
    /// - Parameters:
    ///   - entries: what to wait for; the events are put here.
    ///   - interruption: ends the wait with an error.
    ///   - deadline: when to give up; never for `nil`.
    /// - Returns: whether there is an event; `false` means that the deadline has passed.
    /// - Throws: ``ControlError``, of code `interrupted` when the interruption ended the wait.
    static func poll(
        _ entries: inout [pollfd],
        interruption: Interruption?,
        deadline: ContinuousClock.Instant? = nil
    ) throws(ControlError) -> Bool {
        let interruptionIndex = entries.count
        if let interruption {
            entries.append(pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0))
        }
        defer { if interruption != nil { entries.removeLast() } }
        while true {
            let count = Glibc.poll(&entries, nfds_t(entries.count), milliseconds(until: deadline))
            if count < 0 {
                // An interrupted wait looks again: the handler may have written to the interruption's pipe.
                if errno == EINTR || errno == EAGAIN { continue }
                throw ControlError(.inputFailed, "Cannot wait for input: \(text(of: errno))")
            }
            if interruption != nil, entries[interruptionIndex].revents != 0 {
                throw ControlError(.interrupted, "interrupted")
            }
            if count > 0 { return true }
            if let deadline, deadline <= .now { return false }
        }
    }

    /// Waits until a descriptor can be read or written (or has failed, which the next call then reports).
    ///
    /// - Returns: `false` when the deadline has passed.
    static func wait(
        for descriptor: CInt,
        _ event: CInt,
        interruption: Interruption?,
        deadline: ContinuousClock.Instant? = nil
    ) throws(ControlError) -> Bool {
        var entries = [pollfd(fd: descriptor, events: Int16(event), revents: 0)]
        return try poll(&entries, interruption: interruption, deadline: deadline)
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> CInt {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return 0 }
        // Rounded up, so that a wait is not cut into many that end just before the deadline.
        let milliseconds = min(left.clampedMilliseconds, Int64(CInt.max) - 1) + 1
        return CInt(clamping: milliseconds)
    }
}
