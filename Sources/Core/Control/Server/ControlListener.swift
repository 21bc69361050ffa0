internal import Glibc
public import Logging
public import NIOCore
internal import NIOPosix
internal import SocketSupport

/// Takes connections at one address and runs a session for each.
public final class ControlListener: Sendable {
    private typealias ServerChannel = NIOAsyncChannel<ChannelTransport, Never>

    private let address: ListenAddress
    private let sessions: ControlSessions
    private let logger: Logger
    private let server: ServerChannel
    private let unix: UnixListener?

    private static let backlog: Int32 = 1024

    /// Where the listener really is: the port that the system chose for port 0.
    public var port: Int? { server.channel.localAddress?.port }

    /// Opens the address. Connections wait until ``run()``.
    ///
    /// - Throws: ``CannotListen``.
    public init(
        _ address: ListenAddress,
        group: any EventLoopGroup,
        sessions: ControlSessions,
        logger: Logger
    ) async throws {
        self.address = address
        self.sessions = sessions
        self.logger = logger
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptPauseHandler { isPaused in
                            logger.warning(
                                isPaused
                                    ? "no descriptors left, new connections wait" : "connections are taken again",
                                metadata: ["address": "\(address)"]
                            )
                        }
                    )
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
            let unix = try await UnixListener(at: path, permissions: permissions, backlog: Self.backlog)
            self.unix = unix
            do {
                server = try await bootstrap.bind(unix.descriptor, childChannelInitializer: Self.accept)
            } catch {
                unix.removeFile()
                throw error
            }
        case .tcp(let host, let port):
            unix = nil
            do {
                server =
                    try await bootstrap
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelOption(.socketOption(.so_keepalive), value: 1)
                    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .bind(host: host, port: port, childChannelInitializer: Self.accept)
            } catch {
                throw CannotListen(address, error)
            }
        }
    }

    private static func accept(_ channel: any Channel) -> EventLoopFuture<ChannelTransport> {
        channel.eventLoop.makeCompletedFuture {
            try ChannelTransport(channel, principal: PeerIdentity.principal(of: channel))
        }
    }

    /// Runs sessions until ``stopAccepting()`` was called and all have ended. Cancelling the task ends them.
    public func run() async throws {
        logger.info("control service listening", metadata: ["address": "\(address)"])
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { inbound in
                for try await transport in inbound {
                    group.addTask { await self.sessions.run(transport) }
                }
            }
            unix?.removeFile()
        }
    }

    /// Takes no more connections.
    public func stopAccepting() {
        unix?.removeFile()
        server.channel.close(promise: nil)
    }
}

/// Why nothing can listen at an address.
public struct CannotListen: Error, CustomStringConvertible {
    /// The text that is shown for it.
    public let description: String

    init(_ address: ListenAddress, _ error: any Error) {
        let (reason, advice) =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: ("address already in use", "stop what listens there, or choose another port")
            case EADDRNOTAVAIL: ("the address is not one of this machine", "choose one that is")
            case EACCES: ("permission denied", "choose a port above 1023, or give the daemon the right")
            case let number?: (String(cString: strerror(number)).lowercased(), "choose another address")
            case nil: ("\(error)", "choose another address")
            }
        description = "cannot listen at \(address): \(reason): \(advice)"
    }
}
