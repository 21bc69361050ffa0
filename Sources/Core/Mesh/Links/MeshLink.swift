internal import NIOCore
internal import Netceptor

/// A session with one neighbour that carries messages (mesh-protocol §2), on the mesh's event loop.
protocol MeshLink: AnyObject {
    /// Whether so much waits to be sent that whoever can wait should.
    var isFull: Bool { get }

    /// Whether the neighbour has taken nothing for so long that nobody should wait for it any more.
    var isStalled: Bool { get }

    /// Calls back, once, when a full link has room again, has stalled or is gone.
    func whenDrained(_ waiter: @escaping () -> Void)

    /// Queues a message of this node.
    func send(_ message: UnsafeRawBufferPointer)

    /// Queues a data message that passes through, with other hops to live.
    func forward(_ message: UnsafeRawBufferPointer, hopsToLive: UInt8)

    /// Queues a data message whose payload a closure writes.
    ///
    /// - Parameters:
    ///   - header: the 36 bytes before the payload.
    ///   - limit: the most that the payload can have.
    ///   - fill: writes the payload and returns its length; zero for no message at all.
    /// - Returns: the length of the payload.
    func send(header: [UInt8], limit: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Int

    /// Sends what is queued.
    func flush()

    /// The host that opened the session, while it may be dropped for others: nobody has taken the link yet.
    var strangerHost: String? { get }

    /// Closes the session at once: others need its place.
    func drop()

    /// Both sides have taken the link.
    func established(with peer: NodeID)

    /// Closes the session after everything queued was sent, or after a moment.
    func close(_ end: LinkEnd)
}
