public import NIOCore

/// Stops taking connections for a moment when the process has no descriptors left for them.
///
/// A failed `accept` leaves the listening socket readable: without a pause the event loop would try again and again.
public final class AcceptPauseHandler: ChannelInboundHandler {
    /// Connections that were accepted.
    public typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(500)

    /// For the pipeline of a listening channel.
    public init() {}

    /// Pauses the listener.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
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
