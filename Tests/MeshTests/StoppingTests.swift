import NIOCore
import NIOPosix
import Netceptor
import Testing

@testable import Mesh

/// The end of a node, and what must not hold it up.
@Suite(.timeLimit(.minutes(1))) struct `A node that stops` {
    /// A neighbour that has a link but answers nothing: it reads, and says only who it is.
    private static func withSilentNeighbour(_ body: (MeshNode, NodeID) async throws -> Void) async throws {
        try await TestMesh.with { mesh in
            let foo = try await mesh.node("foo")
            try await foo.add(.tcpListener(host: "127.0.0.1", port: 0, .standard))
            let port = try #require(try await foo.listeningPorts().first)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            for number in 1...2 {
                let update = RouteUpdate(
                    nodeID: try NodeID("frozen"),
                    updateID: "\(number)",
                    epoch: 1 << 24,
                    sequence: UInt64(number),
                    connections: [foo.nodeID: 1],
                    forwardingNode: try NodeID("frozen")
                )
                let message = MeshMessage.routeUpdate(update).encoded
                var frame = ByteBuffer()
                frame.writeInteger(UInt16(message.count), endianness: .little)
                frame.writeBytes(message)
                try await channel.writeAndFlush(frame)
            }
            await foo.awaitRoute(to: "frozen")
            try await body(foo, NodeID("frozen"))
            try? await channel.close()
        }
    }

    @Test func `ends pings of peers that do not answer at once`() async throws {
        try await Self.withSilentNeighbour { foo, frozen in
            async let outcome = foo.ping(frozen)
            async let second = foo.ping(frozen)
            // The pings are under way behind this.
            _ = await foo.status()
            let start = ContinuousClock.now
            await foo.stop()
            for case .failed in [await outcome, await second] { continue }
            // A ping that nobody ends lasts ten seconds.
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test func `ends what opens streams at once`() async throws {
        try await Self.withSilentNeighbour { foo, frozen in
            let opening = Task { try await foo.connect(to: frozen, service: ServiceName("control")) }
            _ = await foo.status()
            let start = ContinuousClock.now
            await foo.stop()
            await #expect(throws: (any Error).self) { try await opening.value }
            // A ping that nobody ends lasts ten seconds.
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test func `may be stopped again, and refuses what comes after its end`() async throws {
        try await TestMesh.with { mesh in
            let (foo, bar) = try await mesh.pair()
            await foo.stop()
            await foo.stop()
            await #expect(throws: MeshError.self) { try await foo.connect(to: bar.nodeID, service: ServiceName("x")) }
            await #expect(throws: MeshError.self) {
                try await foo.add(.tcpListener(host: "127.0.0.1", port: 0, .standard))
            }
            guard case .failed = await foo.ping(bar.nodeID) else {
                Issue.record("a ping after the end")
                return
            }
            await bar.awaitNoRoute(to: "foo")
        }
    }

    @Test func `takes no more streams before that, and lets go on those that there are`() async throws {
        try await TestMesh.with { mesh in
            let (foo, bar) = try await mesh.pair()
            try await bar.serve("echo") { stream in try await stream.write(try await stream.readToEnd()) }
            let stream = try await foo.connect(to: bar.nodeID, service: ServiceName("echo"))
            try await stream.write(ByteBuffer(string: "before"))
            await bar.stopAccepting()
            let second = Task { try await foo.connect(to: bar.nodeID, service: ServiceName("echo")) }
            try await stream.write(ByteBuffer(string: " and after"))
            stream.finish()
            #expect(try await stream.readToEnd() == ByteBuffer(string: "before and after"))
            second.cancel()
            await #expect(throws: (any Error).self) { try await second.value }
            stream.close()
        }
    }

    @Test func `is not waited for by a ping whose task is cancelled`() async throws {
        try await Self.withSilentNeighbour { foo, frozen in
            let ping = Task { await foo.ping(frozen) }
            _ = await foo.status()
            let start = ContinuousClock.now
            ping.cancel()
            guard case .failed = await ping.value else {
                Issue.record("an answer")
                return
            }
            // A ping that nobody ends lasts ten seconds.
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }
}
