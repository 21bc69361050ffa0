/// How many lines about links the log gets: neighbours that come and go, or send nonsense, as fast as they can must not
/// fill a disk. Pure.
struct LogBudget {
    /// What becomes of a line.
    enum Answer: Equatable {
        /// It is written, and before it how many were left out, if any were.
        case write(omitted: Int)
        /// It is left out.
        case omit
    }

    private var left = Self.capacity
    private var latest: UInt64 = 0
    private var omitted = 0

    /// Lines that may come at once.
    private static let capacity = 200.0
    /// Lines a second that may come for long.
    private static let rate = 10.0

    /// Decides about one line.
    ///
    /// - Parameter now: in nanoseconds, on a clock that only runs forward.
    mutating func decide(at now: UInt64) -> Answer {
        let seconds = Double(now - min(now, latest)) / 1e9
        latest = now
        left = min(Self.capacity, left + seconds * Self.rate)
        guard left >= 1 else {
            omitted += 1
            return .omit
        }
        left -= 1
        defer { omitted = 0 }
        return .write(omitted: omitted)
    }
}
