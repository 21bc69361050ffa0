import ControlClient
import Glibc
import TimeFormats

/// Waiting for time to pass.
enum Pause {
    /// How a wait ended.
    enum End { case timePassed, interrupted, inputReady }

    /// Waits.
    ///
    /// - Parameters:
    ///   - duration: for how long.
    ///   - interruption: ends the wait.
    ///   - input: a descriptor that ends the wait when it can be read.
    static func wait(_ duration: Duration, interruption: Interruption? = nil, input: CInt? = nil) -> End {
        let end = ContinuousClock.now + duration
        // A negative descriptor is not looked at.
        var entries = [interruption?.descriptor ?? -1, input ?? -1].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            let left = max(.zero, ContinuousClock.now.duration(to: end))
            let milliseconds = min(left.clampedMilliseconds, Int64(CInt.max) - 1)
            let count = poll(&entries, nfds_t(entries.count), CInt(clamping: milliseconds + (left > .zero ? 1 : 0)))
            if count > 0 { return entries[0].revents != 0 ? .interrupted : .inputReady }
            if count == 0, ContinuousClock.now >= end { return .timePassed }
            if count < 0, errno != EINTR { return .timePassed }
        }
    }
}
