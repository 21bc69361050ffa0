internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Netceptor
internal import SocketSupport

/// Keeps a TCP link to an address: dials again whenever there is none.
final class TCPPeer: LinkBackend {
    private let host: String
    private let port: Int
    private let redials: Bool
    private let options: LinkOptions
    private let core: MeshCore
    private let logger: Logger
    private var schedule = RedialSchedule()
    private var timer: Scheduled<Void>?
    private var link: TCPLink?
    /// The attempt's channel, before there is a link.
    private var connecting: (any Channel)?
    private var isStopped = false
    /// Whether the operator knows already that the neighbour cannot be reached.
    private var isKnownUnreachable = false

    private static let connectTimeout = TimeAmount.seconds(10)
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 256 << 10)

    init(host: String, port: Int, redials: Bool, options: LinkOptions, core: MeshCore) {
        self.host = host
        self.port = port
        self.redials = redials
        self.options = options
        self.core = core
        logger = core.logger(for: ["peer": "tcp:\(host):\(port)"])
    }

    /// Dials.
    func dial() {
        timer = nil
        guard !isStopped else { return }
        let link = TCPLink(
            LengthPrefixCodec(),
            core: core,
            source: "tcp:\(host):\(port)",
            options: options,
            logger: logger
        )
        let bound = NIOLoopBound((peer: self, link: link), eventLoop: core.eventLoop)
        ClientBootstrap(group: core.eventLoop)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: Self.receiveAllocator)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    bound.value.peer.connecting = channel
                    try channel.pipeline.syncOperations.addHandler(bound.value.link)
                }
            }
            .connect(host: host, port: port)
            .assumeIsolated()
            .whenComplete { result in
                self.connecting = nil
                switch result {
                case .failure(let error):
                    if self.isStopped { return }
                    self.report(error)
                    self.dialAgain(after: .unreachable)
                case .success(let channel):
                    self.isKnownUnreachable = false
                    self.link = link
                    if self.isStopped { channel.close(promise: nil) }
                    channel.closeFuture.assumeIsolated().whenComplete { _ in
                        self.link = nil
                        self.dialAgain(after: link.isAccepted ? .established : .refused)
                    }
                }
            }
    }

    private func report(_ error: any Error) {
        // Once an outage, not once an attempt.
        let level: Logger.Level = isKnownUnreachable ? .debug : .warning
        isKnownUnreachable = true
        logger.log(level: level, "cannot reach the neighbour", metadata: ["error": "\(SocketError.reason(error))"])
    }

    private func dialAgain(after attempt: RedialSchedule.Attempt) {
        guard !isStopped else { return }
        guard redials else { return logger.notice("not dialled again, as configured") }
        timer = core.isolated.scheduleTask(in: schedule.next(after: attempt)) { self.dial() }
    }

    func stopAccepting() {}

    func stop() {
        isStopped = true
        timer?.cancel()
        timer = nil
        connecting?.close(promise: nil)
        link?.close(.shutDown)
    }
}
