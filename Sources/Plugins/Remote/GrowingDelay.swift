/// A delay that grows by half with each use, up to a limit (work-units §4.1).
struct GrowingDelay: Sendable {
    private let first: Duration
    private let limit: Duration
    private var following: Duration

    /// A delay that begins with `first`.
    init(from first: Duration, to limit: Duration) {
        self.first = first
        self.limit = limit
        following = first
    }

    /// The delay to wait now.
    mutating func next() -> Duration {
        defer { following = min(following * 3 / 2, limit) }
        return following
    }

    /// Begins again, with another first delay if one is given.
    mutating func reset(to start: Duration? = nil) { following = start ?? first }
}
