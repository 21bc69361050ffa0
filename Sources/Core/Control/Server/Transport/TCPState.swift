internal import Glibc
internal import NIOCore

/// What the kernel knows of a TCP connection.
struct TCPState: Sendable {
    /// Whether the other side answered with a reset.
    let isReset: Bool
    /// How long an answer to bytes sent now takes at the most, as far as the connection's past tells.
    let longestRoundTrip: TimeAmount

    /// To be called on the channel's event loop; `nil` where the kernel does not say.
    init?(of channel: any Channel) {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let future: EventLoopFuture<tcp_info> = provider.unsafeGetSocketOption(
            level: .init(IPPROTO_TCP),
            name: .init(TCP_INFO)
        )
        // Completed at once, since this is the channel's event loop.
        var info: tcp_info?
        future.assumeIsolated().whenSuccess { info = $0 }
        guard let info else { return nil }
        isReset = info.tcpi_state == UInt8(TCP_CLOSE)
        longestRoundTrip = .microseconds(Int64(info.tcpi_rtt) + 4 * Int64(info.tcpi_rttvar))
    }
}
