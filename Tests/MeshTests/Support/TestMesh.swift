import Logging
import NIOCore
import NIOPosix
import Netceptor
import Synchronization
import Testing

@testable import Mesh

/// Nodes of a mesh in this process, linked over loopback.
final class TestMesh: Sendable {
    private let nodes = Mutex<[MeshNode]>([])
    /// Nodes that start later have later epochs.
    private let lastEpoch = Atomic<UInt64>(1 << 24)

    /// Runs a body with a mesh, and stops its nodes, whatever the body does.
    static func with(_ body: (TestMesh) async throws -> Void) async throws {
        let mesh = TestMesh()
        let result: Result<Void, any Error>
        do { result = .success(try await body(mesh)) } catch { result = .failure(error) }
        for node in mesh.nodes.withLock({ $0 }) { await node.stop() }
        try result.get()
    }

    /// Starts a node, on an event loop of the process's own.
    func node(_ name: String, log: TestLog? = nil) async throws -> MeshNode {
        let settings = NodeSettings(nodeID: try NodeID(name), epoch: lastEpoch.add(1, ordering: .relaxed).newValue)
        let node = try await MeshNode.start(
            settings,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test") { _ -> any LogHandler in
                if let log { TestLogHandler(log: log) } else { SwiftLogNoOpLogHandler() }
            }
        )
        nodes.withLock { $0.append(node) }
        return node
    }

    /// Two linked nodes that have routes to each other.
    func pair() async throws -> (MeshNode, MeshNode) {
        let (foo, bar, _) = try await linkedPair()
        return (foo, bar)
    }

    /// Two linked nodes that have routes to each other, and what the second one dials.
    func linkedPair() async throws -> (MeshNode, MeshNode, LinkSource) {
        let (foo, bar) = (try await node("foo"), try await node("bar"))
        let peer = try await link(bar, to: foo)
        await foo.awaitRoute(to: "bar")
        await bar.awaitRoute(to: "foo")
        return (foo, bar, peer)
    }

    /// Has a node dial another.
    @discardableResult
    func link(_ dialer: MeshNode, to listener: MeshNode) async throws -> LinkSource {
        try await listener.add(.tcpListener(host: "127.0.0.1", port: 0, .standard))
        let port = try #require(try await listener.listeningPorts().last)
        let peer = LinkSource.tcpPeer(host: "127.0.0.1", port: port, redials: true, .standard)
        try await dialer.add(peer)
        return peer
    }
}

extension MeshNode {
    /// The ports that links are taken at: those that the system chose for port 0.
    func listeningPorts() async throws -> [Int] {
        try await run { $0.sources.values.compactMap { ($0 as? TCPListener)?.channel.localAddress?.port } }
    }

    /// Waits until a route leads to a node.
    func awaitRoute(to node: String) async { await awaitRoutes { routes.reaches(node) } }

    /// Waits until no route leads to a node.
    func awaitNoRoute(to node: String) async { await awaitRoutes { !routes.reaches(node) } }

    private func awaitRoutes(_ isSatisfied: () -> Bool) async {
        while case let version = routes.version, !isSatisfied(), !Task.isCancelled {
            await routes.changed(since: version)
        }
    }

    /// Takes streams to a service and hands each to a task.
    func serve(_ name: String, _ body: @escaping @Sendable (MeshStream) async throws -> Void) async throws {
        let service = LocalService(name: try ServiceName(name), advertisement: .init(connectionType: .stream))
        try await listen(service) { stream in
            Task {
                try? await body(stream)
                stream.closeInPeace()
            }
        }
    }
}

extension MeshStream {
    /// Everything up to the other side's end.
    func readToEnd() async throws -> ByteBuffer {
        var all = ByteBuffer()
        while var part = try await read() { all.writeBuffer(&part) }
        return all
    }
}
