internal import TimeFormats

/// Writes the times of a token's claims for messages.
enum ClaimTime {
    /// `2026-11-24T10:00:00Z`; outside the years 0 to 9999, which RFC 3339 cannot write, `@` and the seconds.
    ///
    /// - Parameter seconds: since 1970-01-01T00:00:00Z.
    static func text(_ seconds: Int64) -> String {
        guard (-62_167_219_200..<253_402_300_800).contains(seconds) else { return "@\(seconds)" }
        return Timestamp(unixSeconds: seconds).text
    }

    /// The same for a claim that may have a fraction or be larger than any clock.
    static func text(_ seconds: Double) -> String {
        guard let whole = Int64(exactly: seconds.rounded(.down)) else { return "@\(seconds)" }
        return text(whole)
    }
}
