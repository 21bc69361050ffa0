/// Where a listener finds the connection that a packet is for, and how many it has.
///
/// The connections keep it up to date themselves. They belong to whoever accepted them: the table does not keep them
/// alive, and a connection that goes away takes itself out.
final class ConnectionTable {
    private struct Entry {
        unowned let connection: QUICConnection
    }

    private var entries: [QUICConnectionID: Entry] = [:]
    private var halfOpenByNode: [String: Int] = [:]
    private var countByNode: [String: Int] = [:]

    /// Connections that are not finished.
    private(set) var connectionCount = 0
    /// Those of them whose handshake goes on.
    private(set) var halfOpenCount = 0

    /// The connection that has the ID.
    subscript(id: QUICConnectionID) -> QUICConnection? {
        get { entries[id]?.connection }
        set { entries[id] = newValue.map { Entry(connection: $0) } }
    }

    /// How many connections from a node are half open.
    func halfOpenCount(from node: String) -> Int { halfOpenByNode[node, default: 0] }

    /// How many connections from a node are not finished.
    func connectionCount(from node: String) -> Int { countByNode[node, default: 0] }

    func connectionBegan(from node: String) {
        connectionCount += 1
        countByNode[node, default: 0] += 1
        halfOpenCount += 1
        halfOpenByNode[node, default: 0] += 1
    }

    func handshakeEnded(from node: String) {
        halfOpenCount -= 1
        let left = halfOpenByNode[node, default: 0] - 1
        halfOpenByNode[node] = left > 0 ? left : nil
    }

    func connectionEnded(from node: String) {
        connectionCount -= 1
        let left = countByNode[node, default: 0] - 1
        countByNode[node] = left > 0 ? left : nil
    }
}
