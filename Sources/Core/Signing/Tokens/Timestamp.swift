/// Writes points of time for messages, as RFC 3339 in UTC.
enum Timestamp {
    /// `2026-11-24T10:00:00Z`; outside the years 0 to 9999, which RFC 3339 cannot write, `@` and the seconds.
    ///
    /// - Parameter seconds: since 1970-01-01T00:00:00Z.
    static func text(_ seconds: Int64) -> String {
        guard (-62_167_219_200..<253_402_300_800).contains(seconds) else { return "@\(seconds)" }
        let (days, second) = floorDivide(seconds, 86_400)
        let date = civilDate(daysSince1970: days)
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2)
            + "T" + padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2) + "Z"
    }

    /// The same for a claim, which may have a fraction or be larger than any clock.
    static func text(_ seconds: Double) -> String {
        guard let whole = Int64(exactly: seconds.rounded(.down)) else { return "@\(seconds)" }
        return text(whole)
    }

    /// The proleptic Gregorian calendar, in eras of 400 years that start on 1 March: leap days come last.
    private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: day)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
