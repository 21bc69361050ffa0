internal import TaskSupport
internal import Workceptor

/// The control service of another node, and how to connect to it.
struct RemoteControlService: Sendable, Hashable {
    /// The node.
    var node: String
    /// The name of the TLS client configuration; `nil` for none.
    var tlsClient: String?

    /// The service's name in the mesh.
    static let name = "control"
}

extension WorkMesh {
    /// Waits until a condition of the routes holds, or the task is cancelled.
    func routesChanged(until isSatisfied: () -> Bool) async {
        while case let version = routesVersion, !isSatisfied(), !Task.isCancelled {
            await routesChanged(since: version)
        }
    }

    /// Waits until a node comes into reach after a version of ``routeBegan(to:)``, or the task is cancelled.
    func untilBack(_ node: String, since began: UInt64?) async {
        await routesChanged { routeBegan(to: node).map { $0 != began } ?? false }
    }

    /// Does something over streams to a node; gives it up when the node was out of reach meanwhile and is back: over a
    /// new stream it goes on at once, while the old one may wait for as long again as it has waited already.
    ///
    /// - Throws: what the function throws; `WorkMeshError`, when the stream is to be another one; `CancellationError`.
    func renewingStreams<Value: Sendable>(
        to node: String,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let began = routeBegan(to: node)
        return try await first(
            of: body,
            {
                await untilBack(node, since: began)
                try Task.checkCancellation()
                throw WorkMeshError(.broken, "node \(node) was out of reach")
            }
        )
    }
}
