internal import NIOCore

/// Stops taking connections for a moment when the process has no descriptors left for them.
///
/// A failed `accept` leaves the listening socket readable: without a pause the event loop would try again and again.
final class AcceptPauseHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(500)

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
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
