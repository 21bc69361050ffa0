/// How the descriptors that the daemon may have are shared out, so that those who come over a network cannot take what
/// the operator's sessions and the units need.
struct DescriptorBudget {
    /// The most sessions of the control service.
    let sessions: Int
    /// The most links with other nodes.
    let links: Int

    /// What the daemon itself has open: standard input, event loops, listeners, the data directory.
    private static let own = 32
    /// More than any mesh has neighbours, and any node has clients.
    private static let most = 4096

    /// - Parameter limit: how many descriptors there may be in all.
    init(limit: Int) {
        let rest = max(0, limit - Self.own)
        // A session has its connection and one file or pipe more: half of the rest. Links have a quarter; the last one is
        // for units.
        sessions = min(Self.most, max(4, rest / 4))
        links = min(Self.most, max(4, rest / 4))
    }
}
