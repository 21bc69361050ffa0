/// Names a ping that is under way.
public struct PingID: Sendable, Hashable {
    let rawValue: UInt64
}
