internal import TimeFormats

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
        nanoseconds = Timestamp(text)?.unixNanoseconds.flatMap { $0 < 0 ? nil : $0 }
    }

    /// So much time from now.
    init(after time: Duration) {
        let (end, isTooFar) = WallClock.nanoseconds.addingReportingOverflow(time.clampedNanoseconds)
        self = isTooFar ? .never : Expiration(text: Timestamp(unixNanoseconds: end).text)
    }

    /// How long it is until then, not less than nothing; `nil` for never.
    var remaining: Duration? {
        nanoseconds.map { .nanoseconds(max(0, $0.subtractingReportingOverflow(WallClock.nanoseconds).partialValue)) }
    }

    /// Whether it is over.
    var isOver: Bool { remaining == .zero }
}
