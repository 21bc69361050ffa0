public import NIOCore

/// Stops taking connections for a moment when the process has no descriptors left for them.
///
/// A failed `accept` leaves the listening socket readable: without a pause the event loop would try again and again.
public final class AcceptPauseHandler: ChannelInboundHandler {
    /// Connections that were accepted.
    public typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(500)

    private let told: @Sendable (_ isPaused: Bool) -> Void
    private var isPaused = false

    /// For the pipeline of a listening channel.
    ///
    /// - Parameter told: hears when accepting is paused, and when a connection was taken again.
    public init(_ told: @escaping @Sendable (_ isPaused: Bool) -> Void = { _ in }) { self.told = told }

    /// Passes a connection on.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        change(false)
        context.fireChannelRead(data)
    }

    private func change(_ isPaused: Bool) {
        guard isPaused != self.isPaused else { return }
        self.isPaused = isPaused
        told(isPaused)
    }

    /// Pauses the listener.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        change(true)
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenSuccess {
            channel.eventLoop.scheduleTask(in: Self.pause) {
                channel.setOption(.autoRead, value: true).whenFailure { _ in
                    // The listener was closed meanwhile.
                }
            }
        }
    }
}
