/// A time of day as RFC 3339 writes it, with up to nine digits of a second's fraction, as Go does.
public struct Timestamp: Sendable, Hashable {
    /// The time as it was written.
    public let text: String
    /// Seconds since 1970.
    public let seconds: Int64
    /// Nanoseconds of the second.
    public let nanoseconds: Int32

    /// The longest text that is read, in bytes.
    public static let maximumBytes = 64

    /// The UTC time that many nanoseconds after 1970.
    public init(unixNanoseconds: Int64) {
        let second: Int64 = 1_000_000_000
        let fraction = (unixNanoseconds % second + second) % second
        seconds = (unixNanoseconds - fraction) / second
        nanoseconds = Int32(fraction)
        text = Self.text(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// Reads a time in any zone; `nil` when the text is none.
    public init?(_ text: String) {
        var reader = Reader(rest: text.utf8.prefix(Self.maximumBytes + 1)[...])
        guard text.utf8.count <= Self.maximumBytes, let (seconds, nanoseconds) = reader.time() else { return nil }
        self.text = text
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// The UTC time that many seconds after 1970.
    public init(unixSeconds: Int64) {
        seconds = unixSeconds
        nanoseconds = 0
        text = Self.text(seconds: unixSeconds, nanoseconds: 0)
    }

    /// Nanoseconds since 1970; `nil` for a time that is more than 292 years away from then.
    public var unixNanoseconds: Int64? {
        let (scaled, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflows) = scaled.addingReportingOverflow(Int64(nanoseconds))
        return isTooFar || overflows ? nil : sum
    }

    /// Days from 1970 to a day of the Gregorian calendar. Years begin in March, so that the leap day is the last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func text(seconds: Int64, nanoseconds: Int32) -> String {
        let secondOfDay = (seconds % 86_400 + 86_400) % 86_400
        let (year, month, day) = date(days: (seconds - secondOfDay) / 86_400)
        let (hour, minute, second) = (secondOfDay / 3_600, secondOfDay / 60 % 60, secondOfDay % 60)
        var fraction = ""
        if nanoseconds > 0 {
            fraction = "." + padded(Int64(nanoseconds), to: 9)
            while fraction.hasSuffix("0") { fraction.removeLast() }
        }
        return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))T"
            + "\(padded(hour, to: 2)):\(padded(minute, to: 2)):\(padded(second, to: 2))\(fraction)Z"
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private struct Reader {
        var rest: Substring.UTF8View.SubSequence

        mutating func time() -> (seconds: Int64, nanoseconds: Int32)? {
            guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2), take("T"),
                let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
                let nanoseconds = fraction(), let offset = zone(), rest.isEmpty,
                (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60,
                day <= Self.daysOfMonth(month, year)
            else { return nil }
            let days = Timestamp.days(year: year, month: month, day: day)
            return (days * 86_400 + hour * 3_600 + minute * 60 + second - offset, nanoseconds)
        }

        private static func daysOfMonth(_ month: Int64, _ year: Int64) -> Int64 {
            let (nextYear, nextMonth) = month == 12 ? (year + 1, 1) : (year, month + 1)
            return Timestamp.days(year: nextYear, month: nextMonth, day: 1)
                - Timestamp.days(year: year, month: month, day: 1)
        }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: scalar) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func digit() -> Int64? {
            guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            rest.removeFirst()
            return Int64(byte - UInt8(ascii: "0"))
        }

        private mutating func number(_ width: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<width {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        /// The nanoseconds after the point, if there is one; what is finer than those is cut off.
        private mutating func fraction() -> Int32? {
            guard take(".") else { return 0 }
            var value: Int32 = 0
            var weight: Int32 = 100_000_000
            guard let first = digit() else { return nil }
            value += Int32(first) * weight
            while let next = digit() {
                weight /= 10
                value += Int32(next) * weight
            }
            return value
        }

        /// The zone's distance from UTC in seconds.
        private mutating func zone() -> Int64? {
            if take("Z") { return 0 }
            let sign: Int64 = take("-") ? -1 : 1
            if sign == 1, !take("+") { return nil }
            guard let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
                return nil
            }
            return sign * (hours * 3_600 + minutes * 60)
        }
    }
}

extension Timestamp: Comparable, CustomStringConvertible {
    /// The earlier time is the lesser, whatever their zones.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The time as it was written.
    public var description: String { text }
}
