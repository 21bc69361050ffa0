/// Where a listener finds the connection that a packet is for, and how many it has.
///
/// The connections keep it up to date themselves. They belong to whoever accepted them: the table does not keep them
/// alive, and a connection that goes away takes itself out.
final class ConnectionTable {
    private struct Entry {
        unowned let connection: QUICConnection
    }

    private var entries: [QUICConnectionID: Entry] = [:]
    private var halfOpen: [ObjectIdentifier: Entry] = [:]
    private var halfOpenByNode: [String: Int] = [:]
    private var countByNode: [String: Int] = [:]

    /// Connections that are not finished.
    private(set) var connectionCount = 0
    /// Those of them over which nothing has come yet.
    var halfOpenCount: Int { halfOpen.count }

    /// The connection that has the ID.
    subscript(id: QUICConnectionID) -> QUICConnection? {
        get { entries[id]?.connection }
        set { entries[id] = newValue.map { Entry(connection: $0) } }
    }

    /// How many connections from a node are half open.
    func halfOpenCount(from node: String) -> Int { halfOpenByNode[node, default: 0] }

    /// The node that most half-open connections are from.
    var mostHalfOpenNode: String? { halfOpenByNode.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key }

    /// How many half-open connections each node would have, had all of them equally many.
    var fairHalfOpenCount: Int { halfOpen.count / max(1, halfOpenByNode.count) }

    /// The half-open connection from a node that began first.
    func oldestHalfOpen(from node: String) -> QUICConnection? {
        halfOpen.values.lazy.map(\.connection).filter { $0.peerNode == node }.min { $0.start < $1.start }
    }

    /// How many connections from a node are not finished.
    func connectionCount(from node: String) -> Int { countByNode[node, default: 0] }

    func began(_ connection: QUICConnection) {
        let node = connection.peerNode
        connectionCount += 1
        countByNode[node, default: 0] += 1
        halfOpen[ObjectIdentifier(connection)] = Entry(connection: connection)
        halfOpenByNode[node, default: 0] += 1
    }

    /// Tells that a connection is half open no more: its peer uses it, or it has ended.
    func opened(_ connection: QUICConnection) {
        guard halfOpen.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        let node = connection.peerNode
        let left = halfOpenByNode[node, default: 0] - 1
        halfOpenByNode[node] = left > 0 ? left : nil
    }

    func ended(_ connection: QUICConnection) {
        let node = connection.peerNode
        connectionCount -= 1
        let left = countByNode[node, default: 0] - 1
        countByNode[node] = left > 0 ? left : nil
    }
}
