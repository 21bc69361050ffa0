import Glibc

/// A bound on waiting. Time in which the whole machine stood still, as virtual machines do at times, does not count.
final class Deadline {
    private(set) var left: Double
    private var lastLook = ContinuousClock.now
    /// How long to wait at a time, in seconds.
    private static let slice = 0.1

    init(in seconds: Double) { left = seconds }

    var isPast: Bool {
        let now = ContinuousClock.now
        left = max(0, left - min((now - lastLook) / .seconds(1), 5 * Self.slice))
        lastLook = now
        return left == 0
    }

    /// How long to wait before the next look, in seconds.
    var nextSlice: Double { min(left, Self.slice) }

    /// Waits until a descriptor can be read or written; `false` when the time is over.
    func wait(for descriptor: Int32, events: Int32) -> Bool {
        while true {
            var interest = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&interest, 1, Int32(nextSlice * 1000) + 1) > 0 { return true }
            if isPast { return poll(&interest, 1, 0) > 0 }
        }
    }
}

/// How long anything may take at most, in seconds, on a machine that is busy with other things.
let patience: Double = 30

/// How many times the time and the memory a program takes that a sanitizer watches.
let slowness: Double = getenv("WORKCEPTOR_SANITIZED") == nil ? 1 : 8
