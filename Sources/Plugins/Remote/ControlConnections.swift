internal import JSON
internal import Synchronization
internal import Workceptor

/// Asks other nodes about units: over one connection a node, however many units ask.
final class ControlConnections: Sendable {
    private let mesh: any WorkMesh
    private let timings: RemoteTimings
    private let connections = Mutex<[Peer: SharedConnection]>([:])

    init(mesh: any WorkMesh, timings: RemoteTimings) {
        self.mesh = mesh
        self.timings = timings
    }

    /// Asks a node one question.
    ///
    /// - Throws: ``ControlRefusal``, `WorkMeshError`, `CancellationError`.
    func ask(_ request: JSONObject, of peer: Peer) async throws -> JSONValue {
        let connection = connections.withLock { connections in
            let connection = connections[peer] ?? SharedConnection(peer: peer, mesh: mesh, timings: timings)
            connections[peer] = connection
            connection.retain()
            return connection
        }
        defer {
            connection.release()
            forget(peer)
        }
        return try await connection.ask(request) { [weak self] in self?.forget(peer) }
    }

    /// Drops what is not in use.
    private func forget(_ peer: Peer) {
        connections.withLock { connections in
            if connections[peer]?.isVacant == true { connections[peer] = nil }
        }
    }
}
