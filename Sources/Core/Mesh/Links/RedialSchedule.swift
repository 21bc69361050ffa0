internal import NIOCore

/// When to dial again. Pure.
///
/// A neighbour that cannot be reached is tried often: that costs little, and work waits for it. One that can be reached
/// but does not want the link, or does not keep it, is given Receptor's times (mesh-protocol §2).
struct RedialSchedule {
    /// What came of the last attempt.
    enum Attempt {
        /// Nobody answered.
        case unreachable
        /// The session was opened, but no link came of it.
        case refused
        /// There was a link.
        case established
    }

    private var delay: TimeAmount?
    private static let shortest = TimeAmount.milliseconds(250)
    private static let longestUnreachable = TimeAmount.milliseconds(1500)
    private static let shortestRefused = TimeAmount.seconds(5)
    private static let longestRefused = TimeAmount.seconds(20)

    /// How long to wait now.
    mutating func next(after attempt: Attempt) -> TimeAmount {
        let next: TimeAmount =
            switch attempt {
            case .established: Self.shortest
            case .unreachable: min(delay.map { $0 * 3 / 2 } ?? Self.shortest, Self.longestUnreachable)
            case .refused: min(max(delay.map { $0 * 3 / 2 } ?? .zero, Self.shortestRefused), Self.longestRefused)
            }
        delay = attempt == .established ? nil : next
        return next
    }
}

extension TimeAmount {
    fileprivate static func * (amount: TimeAmount, factor: Int64) -> TimeAmount {
        .nanoseconds(amount.nanoseconds * factor)
    }

    fileprivate static func / (amount: TimeAmount, divisor: Int64) -> TimeAmount {
        .nanoseconds(amount.nanoseconds / divisor)
    }
}
