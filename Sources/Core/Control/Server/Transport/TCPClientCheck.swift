internal import Glibc
internal import LinuxSystem
internal import NIOCore

/// Finds out whether a TCP client that sent its end is there.
///
/// The end that a dying process's kernel sends looks like the one that a client sends behind its payload. Of a client on
/// this machine, the kernel's table of connections tells whether a process has its socket. Of one elsewhere, only its
/// kernel can tell: it answers new bytes with a reset when no process is there. So such a client's reply begins with a
/// space, which means nothing to JSON.
struct TCPClientCheck {
    private let channel: any Channel

    /// What a kernel may take to let go of a socket, and a reset beyond the round trip.
    private static let margin = TimeAmount.milliseconds(2)

    init(_ channel: any Channel) { self.channel = channel }

    /// Whether the client is there, as far as that can be known.
    func isClientPresent() async throws -> Bool {
        guard let client = channel.remoteAddress, let server = channel.localAddress else { return false }
        guard client.isLoopback else { return try await survivesNewBytes() }
        try await pause(Self.margin)
        return try await channel.eventLoop.submit {
            try ConnectionTable.hasOwner(from: client, to: server)
        }.get()
    }

    private func survivesNewBytes() async throws -> Bool {
        try await channel.writeAndFlush(ByteBuffer(string: " "))
        let sent = try await channel.eventLoop.submit { TCPState(of: channel) }.get()
        try await pause(Self.margin + (sent?.longestRoundTrip ?? .zero))
        return try await channel.eventLoop.submit { TCPState(of: channel)?.isReset == false }.get()
    }

    /// Waits, unless the connection breaks.
    private func pause(_ time: TimeAmount) async throws {
        let pause = channel.eventLoop.scheduleTask(in: time) {}
        channel.closeFuture.whenComplete { _ in pause.cancel() }
        try await pause.futureResult.get()
    }
}

extension SocketAddress {
    fileprivate var isLoopback: Bool { ipAddress.map { $0.hasPrefix("127.") || $0 == "::1" } ?? false }
}

/// The kernel's table of TCP connections, `/proc/net/tcp` and `/proc/net/tcp6`.
private enum ConnectionTable {
    private static let partSize = 64 << 10
    /// The length of an IPv4 address and a port in the table.
    private static let shortAddress = 13

    /// Whether a process has the socket at the first address of a connection.
    static func hasOwner(from client: SocketAddress, to server: SocketAddress) throws(SystemError) -> Bool {
        guard let client = text(of: client), let server = text(of: server) else { return false }
        let file = try Descriptor(
            opening: client.utf8.count > shortAddress ? "/proc/net/tcp6" : "/proc/net/tcp",
            flags: O_RDONLY,
            for: "read"
        )
        // The kernel gives it in parts of any size.
        var table: [UInt8] = []
        while case let part = try file.read(upTo: partSize), !part.isEmpty { table += part }
        for line in table.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 9, words[1].elementsEqual(client.utf8), words[2].elementsEqual(server.utf8) else {
                continue
            }
            // The number of the socket's file: none has number zero.
            return !words[9].elementsEqual("0".utf8)
        }
        return false
    }

    /// An address as the table has it: the words of the address in the machine's order, then the port, hexadecimal.
    private static func text(of address: SocketAddress) -> String? {
        func hexadecimal(_ value: UInt64, _ width: Int) -> String {
            let digits = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        guard let name = address.ipAddress else { return nil }
        let isLong = address.protocol == .inet6
        let words = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: isLong ? 4 : 1) { words in
            inet_pton(isLong ? AF_INET6 : AF_INET, name, words.baseAddress) == 1 ? Array(words) : []
        }
        guard let port = address.port else { return nil }
        return words.map { hexadecimal(UInt64($0), 8) }.joined() + ":" + hexadecimal(UInt64(port), 4)
    }
}
