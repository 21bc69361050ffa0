internal import Glibc
internal import LinuxSystem
internal import Logging
public import NIOCore
internal import NIOPosix
internal import SocketSupport
internal import Workceptor

/// One place where the control service takes connections.
public enum ControlAddress: Sendable, Hashable, CustomStringConvertible {
    /// A Unix socket at a path, with the permissions of its file.
    case unix(path: String, permissions: UInt32)
    /// A TCP address.
    case tcp(host: String, port: Int)

    /// The text that is shown for it.
    public var description: String {
        switch self {
        case .unix(let path, _): "unix:\(path)"
        case .tcp(let host, let port): "tcp:\(host):\(port)"
        }
    }
}

/// Takes connections at one address and runs a session for each, any number at a time.
public final class ControlListener: Sendable {
    private typealias ServerChannel = NIOAsyncChannel<ChannelTransport, Never>

    private let address: ControlAddress
    private let context: ControlContext
    private let server: ServerChannel
    /// Held while the socket is ours.
    private let lock: Descriptor?
    private let sessions: ControlSessions

    /// Ends when the service drains.
    private let draining: AsyncStream<Never>
    private let drainSignal: AsyncStream<Never>.Continuation

    /// Where the listener really is: the port that the system chose for port 0.
    public var port: Int? { server.channel.localAddress?.port }

    /// Opens the address. Connections wait until ``run()``.
    ///
    /// - Throws: an error whose description says what to do.
    public init(_ address: ControlAddress, group: any EventLoopGroup, context: ControlContext) async throws {
        self.address = address
        self.context = context
        sessions = ControlSessions(context: context)
        (draining, drainSignal) = AsyncStream.makeStream()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPauseHandler())
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 1 << 20)
            )
        switch address {
        case .unix(let path, let permissions):
            let claim = try UnixSocketClaim(path)
            lock = claim.lock
            // No moment in which the file is there with wider permissions.
            let mask = umask(~permissions & 0o777)
            defer { umask(mask) }
            server = try await bootstrap.bind(unixDomainSocketPath: path, childChannelInitializer: Self.accept)
        case .tcp(let host, let port):
            lock = nil
            server =
                try await bootstrap
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: port, childChannelInitializer: Self.accept)
        }
    }

    private static func accept(_ channel: any Channel) -> EventLoopFuture<ChannelTransport> {
        channel.eventLoop.makeCompletedFuture {
            try ChannelTransport(channel, principal: PeerIdentity.principal(of: channel))
        }
    }

    /// Runs sessions until ``drain()`` or the task's cancellation.
    public func run() async throws {
        context.logger.info("control service listening", metadata: ["address": "\(address)"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: EventLoopTaskExecutor(self.server.channel.eventLoop)) {
                try await self.serve()
            }
            group.addTask {
                // What is still busy after a drain may finish, within bounds.
                for await _ in self.draining {}
                try await Task.sleep(for: ControlSessions.drainTime)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func serve() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { inbound in
                for try await transport in inbound {
                    group.addTask(executorPreference: transport.executor) { await self.sessions.run(transport) }
                }
            }
            removeSocketFile()
        }
    }

    /// Takes no more connections and ends the sessions, each as soon as nothing is lost by it.
    public func drain() {
        drainSignal.finish()
        server.channel.close(promise: nil)
        sessions.drain()
    }

    private func removeSocketFile() {
        if case .unix(let path, _) = address { try? Files.remove(path) }
    }
}
