import Glibc

/// A point in time by which something must have happened.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(in seconds: Double) { end = .now + .seconds(seconds) }

    var isPast: Bool { ContinuousClock.now >= end }
    /// Seconds until then, never negative.
    var left: Double { max(0, (end - .now) / .seconds(1)) }

    /// Waits until a descriptor can be read or written; `false` when the time is over.
    func wait(for descriptor: Int32, events: Int32) -> Bool {
        while true {
            var interest = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = poll(&interest, 1, Int32(min(left * 1000 + 1, 3_600_000)))
            if count > 0 { return true }
            if count < 0 && errno == EINTR { continue }
            if isPast { return false }
        }
    }
}

/// How long anything may take at most, in seconds, on a machine that is busy with other things.
let patience: Double = 30
