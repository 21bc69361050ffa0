/// How long to wait before a lost connection is tried again: longer each time, from the start after success.
struct ReconnectDelay {
    private static let first: Duration = .milliseconds(200)
    private static let longest: Duration = .seconds(10)
    private var upcoming = Self.first

    /// The time to wait now.
    mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 1.6, Self.longest) }
        return upcoming
    }

    /// Starts again with the shortest time.
    mutating func reset() { upcoming = Self.first }
}
