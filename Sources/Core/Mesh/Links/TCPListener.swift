internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Netceptor
internal import SocketSupport

/// Takes TCP links at an address.
final class TCPListener: ActiveLinkSource {
    private let channel: any Channel
    private let sessions: OpenSessions

    /// Sessions at a time: more neighbours than any mesh has, and what strangers may take.
    private static let maximumLinks = 4096

    private init(channel: any Channel, sessions: OpenSessions) {
        self.channel = channel
        self.sessions = sessions
    }

    /// Opens the address.
    static func open(
        host: String,
        port: Int,
        options: LinkOptions,
        core: MeshCore
    ) -> EventLoopFuture<NIOLoopBound<TCPListener>> {
        let logger = core.logger(for: ["listener": "tcp:\(host):\(port)"])
        let sessions = OpenSessions()
        let parts = NIOLoopBound((core, sessions), eventLoop: core.eventLoop)
        return ServerBootstrap(group: core.eventLoop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPauseHandler())
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: TCPPeer.receiveAllocator)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (core, sessions) = parts.value
                    guard core.linkCount < maximumLinks else { throw ChannelError.operationUnsupported }
                    let peer = channel.remoteAddress.map { "tcp:\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "tcp:?"
                    let link = TCPLink(core: core, options: options, logger: core.logger(for: ["peer": "\(peer)"]))
                    try channel.pipeline.syncOperations.addHandler(link)
                    sessions.add(channel, link)
                }
            }
            .bind(host: host.isEmpty ? "0.0.0.0" : host, port: port)
            .map { channel in
                logger.notice("listening for links")
                let listener = TCPListener(channel: channel, sessions: parts.value.1)
                return NIOLoopBound(listener, eventLoop: channel.eventLoop)
            }
    }

    /// The port that is listened on: the one that the system chose for port 0.
    var port: Int? { channel.localAddress?.port }

    func stop() {
        channel.close(promise: nil)
        sessions.closeAll()
    }
}

/// The sessions that a source of links has open.
final class OpenSessions {
    private var links: [ObjectIdentifier: TCPLink] = [:]

    func add(_ channel: any Channel, _ link: TCPLink) {
        links[ObjectIdentifier(link)] = link
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.links[ObjectIdentifier(link)] = nil }
    }

    func closeAll() {
        for link in Array(links.values) { link.close("its listener or peer was removed") }
    }
}
