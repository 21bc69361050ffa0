public import LinuxSystem
public import NIOCore
public import Workceptor

/// A connection to one client of the control service: a Unix socket, TCP, or a stream through the mesh.
public protocol ControlTransport: Sendable {
    /// Who is at the other end.
    var principal: Principal { get }

    /// Where the session's task runs best.
    var executor: any TaskExecutor { get }

    /// Waits for the next bytes.
    ///
    /// - Returns: `nil` when the client has ended its side.
    /// - Throws: when the connection is gone or the task is cancelled.
    func read() async throws -> ByteBuffer?

    /// Whether the client, having ended its side, still is there to hear an answer, as far as that can be known.
    func isClientPresent() async -> Bool

    /// Sends bytes; returns when the connection has taken them, which is what slows a fast sender down.
    func write(_ bytes: ByteBuffer) async throws

    /// Sends a part of a file the shortest way there is.
    func send(_ file: Descriptor, from position: Int64, count: Int64) async throws

    /// Ends this side's direction behind everything that was sent; reading goes on.
    func finish() async throws

    /// Calls the handler once, when the connection is gone; at once if it is already.
    func whenGone(_ handler: @escaping @Sendable () -> Void)

    /// Closes the connection after everything was sent.
    func close() async
}
