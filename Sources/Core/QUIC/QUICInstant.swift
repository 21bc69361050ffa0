/// A moment on the caller's monotonic clock, in nanoseconds since whatever that clock counts from.
///
/// Connections have no clock of their own: every call that depends on time is told what time it is. Each moment given
/// to one connection must come from the same clock; one that lies before the latest is taken for the latest.
public struct QUICInstant: Sendable, Hashable, Comparable {
    /// Nanoseconds since the clock's start.
    public var nanoseconds: UInt64

    /// The moment so long after the clock's start.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Whether one moment is before another.
    public static func < (left: QUICInstant, right: QUICInstant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The moment after a duration; the end of time where the sum does not fit.
    public static func + (instant: QUICInstant, duration: Duration) -> QUICInstant {
        let (sum, overflows) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return QUICInstant(nanoseconds: overflows ? .max : sum)
    }

    /// How long after another moment this one is; zero when it is not.
    public static func - (later: QUICInstant, earlier: QUICInstant) -> Duration {
        guard later > earlier else { return .zero }
        return .nanoseconds(Int64(clamping: later.nanoseconds - earlier.nanoseconds))
    }
}

extension Duration {
    /// The duration in nanoseconds, between zero and what fits.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (nanoseconds, overflows) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? .max : nanoseconds &+ UInt64(attoseconds / 1_000_000_000)
    }
}
