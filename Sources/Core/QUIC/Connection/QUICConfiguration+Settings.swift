import CQUIC

extension QUICConfiguration {
    /// Calls a closure with the settings for the C side.
    func withSettings<Result>(
        role: QUICConnection.Role,
        _ body: (UnsafePointer<cq_settings>) -> Result
    ) -> Result {
        applicationProtocol.withCString { name in
            var settings = cq_settings(
                application_protocol: name,
                maximum_datagram: min(max(maximumDatagramSize, Self.smallestDatagramLimit), 65_527),
                idle_timeout: idleTimeout.wholeNanoseconds,
                handshake_timeout: (handshakeIdleTimeout * 2).wholeNanoseconds,
                keep_alive: role == .dialer ? keepAliveInterval?.wholeNanoseconds ?? 0 : 0,
                stream_window: UInt64(clamping: streamWindow),
                maximum_stream_window: UInt64(clamping: maximumStreamWindow),
                connection_window: UInt64(clamping: connectionWindow),
                maximum_connection_window: UInt64(clamping: maximumConnectionWindow),
                maximum_streams: UInt64(clamping: maximumStreams)
            )
            return body(&settings)
        }
    }
}
