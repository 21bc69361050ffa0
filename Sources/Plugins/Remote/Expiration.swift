internal import Glibc
internal import LinuxSystem

/// When a unit that has not started ends, as RFC 3339 writes it; Go's zero time stands for never.
struct Expiration: Sendable, Hashable {
    /// The time as the status keeps it.
    let text: String
    /// Nanoseconds since 1970; `nil` for never.
    private let nanoseconds: Int64?

    /// Never.
    static let never = Expiration(text: "0001-01-01T00:00:00Z")

    /// Reads the time in a status; a text that is none stands for never.
    init(text: String) {
        self.text = text.isEmpty ? "0001-01-01T00:00:00Z" : text
        nanoseconds = Self.parse(text)
    }

    /// So much time from now.
    init(after time: Duration) {
        let (end, isTooFar) = WallClock.nanoseconds.addingReportingOverflow(Int64(time / .nanoseconds(1)))
        self = isTooFar ? .never : Expiration(text: WallClock.rfc3339(nanoseconds: end))
    }

    /// How long it is until then, not less than nothing; `nil` for never.
    var remaining: Duration? {
        nanoseconds.map { .nanoseconds(max(0, $0.subtractingReportingOverflow(WallClock.nanoseconds).partialValue)) }
    }

    /// Whether it is over.
    var isOver: Bool { remaining == .zero }

    /// The time in a text such as `2026-11-24T09:41:07.25+01:00`; `nil` for what is none and for times before 1970.
    private static func parse(_ text: String) -> Int64? {
        var rest = Substring(text)
        func number(_ digits: Int, then separator: Character?) -> Int32? {
            let part = rest.prefix(digits)
            guard part.utf8.count == digits, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            guard let separator else { return Int32(part) }
            guard rest.first == separator else { return nil }
            rest = rest.dropFirst()
            return Int32(part)
        }
        guard let year = number(4, then: "-"), let month = number(2, then: "-"), let day = number(2, then: "T"),
            let hour = number(2, then: ":"), let minute = number(2, then: ":"), let second = number(2, then: nil),
            year >= 1970
        else { return nil }
        var fraction: Int64 = 0
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(1 + digits.count)
            fraction = Int64(digits.prefix(9) + String(repeating: "0", count: max(0, 9 - digits.count))) ?? 0
        }
        var offset: Int64 = 0
        if let sign = rest.first, sign == "+" || sign == "-" {
            rest = rest.dropFirst()
            guard let hours = number(2, then: ":"), let minutes = number(2, then: nil) else { return nil }
            offset = Int64(hours * 60 + minutes) * (sign == "+" ? 60 : -60)
        } else {
            guard rest.first == "Z" else { return nil }
            rest = rest.dropFirst()
        }
        guard rest.isEmpty else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        let (scaled, isTooFar) = (Int64(timegm(&parts)) - offset).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooFar ? nil : scaled.addingReportingOverflow(fraction).partialValue
    }
}
