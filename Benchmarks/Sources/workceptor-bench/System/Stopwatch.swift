internal import Glibc

/// Measures time that passes, on the monotonic clock.
struct Stopwatch: Sendable {
    private let start = Stopwatch.now

    /// Nanoseconds since the machine started.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Seconds since it was made.
    var seconds: Double { Double(Self.now - start) / 1e9 }

    /// Milliseconds since it was made.
    var milliseconds: Double { Double(Self.now - start) / 1e6 }
}
