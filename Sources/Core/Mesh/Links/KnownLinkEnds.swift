internal import Netceptor

/// Why links were not taken or were closed, as far as the log knows it: a neighbour that is refused comes back again and
/// again, and the reason is told once. Pure.
struct KnownLinkEnds {
    private struct Entry: Hashable {
        let source: String
        let reason: String
    }

    private var told: [Entry: UInt64] = [:]

    /// After how long a reason that is still there is told again, in nanoseconds.
    private static let lifetime: UInt64 = 3_600_000_000_000
    /// Reasons carry names that peers choose.
    private static let limit = 256

    /// Whether the reason is news; it is not when asked again.
    ///
    /// - Parameters:
    ///   - source: the address of the listener or peer of the configuration.
    ///   - now: in nanoseconds, on a clock that only runs forward.
    mutating func isNews(_ reason: String, from source: String, at now: UInt64) -> Bool {
        let entry = Entry(source: source, reason: reason)
        if let time = told[entry], now - min(now, time) < Self.lifetime { return false }
        if told.count >= Self.limit { told = [:] }
        told[entry] = now
        return true
    }

    /// A link of the source was taken: what happens after it is news.
    mutating func forget(_ source: String) { told = told.filter { $0.key.source != source } }
}

extension LinkEnd {
    /// Whether one of the sides does not want the link, so that another attempt will most likely end the same way.
    var isRefusal: Bool {
        switch self {
        case .rejectedByPeer, .noAnswer: true
        default: rejectsPeer
        }
    }
}
