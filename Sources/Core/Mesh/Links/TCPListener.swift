internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Netceptor
internal import SocketSupport

/// A link over TCP.
typealias TCPLink = LinkSession<LengthPrefixCodec>

/// Takes TCP links at an address.
final class TCPListener: LinkBackend {
    let channel: any Channel
    private let sessions: OpenSessions

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
        let source = LinkSource.tcpListener(host: host, port: port, options).address
        let logger = core.logger(for: ["listener": "\(source)"])
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
                    guard core.hasRoomForLink() else {
                        if core.ends.isNews("too many links", from: source, at: ClockReading.now.nanoseconds) {
                            core.tell(.warning, "no more links are taken", metadata: ["links": "\(core.linkCount)"])
                        }
                        throw ChannelError.operationUnsupported
                    }
                    let peer = channel.remoteAddress.map { "tcp:\($0.shown)" } ?? "tcp:?"
                    let link = TCPLink(
                        LengthPrefixCodec(),
                        core: core,
                        source: source,
                        openedBy: channel.remoteAddress?.ipAddress ?? "?",
                        options: options,
                        logger: core.logger(for: ["peer": "\(peer)"])
                    )
                    try channel.pipeline.syncOperations.addHandler(link)
                    sessions.add(channel, link)
                }
            }
            .listen(host: host, port: port)
            .map { channel in
                logger.notice("listening for links")
                let listener = TCPListener(channel: channel, sessions: parts.value.1)
                return NIOLoopBound(listener, eventLoop: channel.eventLoop)
            }
    }

    func stopAccepting() { channel.close(promise: nil) }

    func stop() {
        stopAccepting()
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
        for link in Array(links.values) { link.close(.shutDown) }
    }
}
