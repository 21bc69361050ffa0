internal import Netceptor

/// Whoever listens on a service of this node. Called on the mesh's event loop, within a turn.
protocol DatagramReceiver: AnyObject {
    /// A datagram came for the service. The bytes are there for the call only.
    func receive(_ datagram: UnsafeRawBufferPointer, _ envelope: Envelope, at now: ClockReading)

    /// A datagram that the service sent was not delivered.
    func noticeUnreachable(_ notice: UnreachableNotice, at now: ClockReading)

    /// A node was started again: it knows nothing of earlier conversations.
    func nodeRestarted(_ node: NodeID, at now: ClockReading)

    /// This process was stopped, or the machine slept: peers may have given up meanwhile.
    func clockJumped(at now: ClockReading)

    /// Closes all conversations, and takes no more.
    func close()

    /// Leaves no timers behind.
    func abandon()
}
