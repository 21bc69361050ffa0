internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Workceptor

/// Who is at the other end of a socket.
enum PeerIdentity {
    static func principal(of channel: any Channel) -> Principal {
        guard case .unixDomainSocket? = channel.localAddress else {
            let address = channel.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" }
            return Principal(.tcp(address: address ?? "?"))
        }
        return Principal(
            .unixSocket(credentials(of: channel).map { .init(user: $0.uid, group: $0.gid, pid: $0.pid) })
        )
    }

    /// The kernel's `struct ucred`, which Swift's Glibc module lacks.
    private struct Credentials {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    private static func credentials(of channel: any Channel) -> Credentials? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let future: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
            level: .init(SOL_SOCKET),
            name: .init(SO_PEERCRED)
        )
        // Completed at once, since this is the channel's event loop.
        var credentials: Credentials?
        future.assumeIsolated().whenSuccess { credentials = $0 }
        return credentials
    }
}
