internal import Glibc

/// The time of day.
public enum WallClock {
    /// Seconds since 1970.
    public static var now: Int64 { nanoseconds / 1_000_000_000 }

    /// Nanoseconds since 1970.
    public static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// A time in UTC as RFC 3339 writes it: `2026-11-23T22:15:03.554156206Z`, without trailing zeros in the fraction.
    public static func rfc3339(nanoseconds: Int64) -> String {
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        var text = rfc3339(seconds: seconds)
        guard fraction > 0 else { return text }
        var digits = String(fraction)
        digits = String(repeating: "0", count: 9 - digits.utf8.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        text.removeLast()
        return "\(text).\(digits)Z"
    }

    /// A time in UTC as RFC 3339 writes it, in whole seconds.
    public static func rfc3339(seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func padded(_ value: Int32, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        return "\(date)T\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))Z"
    }
}
