import Glibc

/// A moment as RFC 3339 writes it.
struct Timestamp: Hashable {
    /// Seconds since 1970, UTC.
    let seconds: Int64
    /// Date and time of day as they were written, in the zone they were written in: `2026-11-24 06:33:48`.
    let written: String

    /// Reads `2026-11-23T22:15:03.554156206Z` and the like.
    init?(parsing text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard
            bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = 19
        if bytes[rest] == UInt8(ascii: ".") {
            rest += 1
            while rest < bytes.count, number(rest..<rest + 1) != nil { rest += 1 }
        }
        guard rest < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[rest] | 0x20 != UInt8(ascii: "z") {
            guard bytes.count == rest + 6, let hours = number(rest + 1..<rest + 3),
                bytes[rest + 3] == UInt8(ascii: ":"),
                let minutes = number(rest + 4..<rest + 6),
                bytes[rest] == UInt8(ascii: "+") || bytes[rest] == UInt8(ascii: "-")
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[rest] == UInt8(ascii: "-") ? -1 : 1)
        } else if bytes.count != rest + 1 {
            return nil
        }
        seconds = Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        written = String(decoding: bytes[0..<10] + [UInt8(ascii: " ")] + bytes[11..<19], as: UTF8.self)
    }

    /// The present moment, in seconds since 1970.
    static var now: Int64 { Int64(time(nil)) }

    /// A moment in the form `2026-11-24T06:33:48Z`.
    static func text(of seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        gmtime_r(&moment, &parts)
        return [UInt8](unsafeUninitializedCapacity: 40) { space, count in
            space.withMemoryRebound(to: CChar.self) { space in
                count = strftime(space.baseAddress, space.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            }
        }.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that start in March.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
