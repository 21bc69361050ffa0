/// The datagram that tells the peer of the end, and when to send it again.
struct ClosingDatagram {
    private var bytes: [UInt8] = []
    private var isDue = true
    /// Packets that came after the end.
    private var packets = 0
    /// Whether the datagram cannot be made.
    private(set) var isImpossible = false

    /// A packet came from a peer that may not know of the end: the datagram is due again after the 1st, 2nd, 4th, 8th …
    /// so that two sides that are both closing do not answer each other for ever (RFC 9000 §10.2.1).
    mutating func packetCame() {
        packets += 1
        if packets & (packets - 1) == 0 { isDue = true }
    }

    /// Writes the datagram if it is due: its length, or zero.
    ///
    /// - Parameter make: makes it the first time; returns its length or zero.
    mutating func write(
        into buffer: UnsafeMutableRawBufferPointer,
        make: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        guard isDue, !isImpossible else { return 0 }
        isDue = false
        guard bytes.isEmpty else {
            buffer.copyBytes(from: bytes.prefix(buffer.count))
            return min(bytes.count, buffer.count)
        }
        let space = UnsafeMutableRawBufferPointer(
            rebasing: buffer.prefix(QUICConfiguration.largestHandshakeDatagram)
        )
        let length = make(space)
        bytes = Array(space.prefix(max(0, length)))
        isImpossible = bytes.isEmpty
        return bytes.count
    }
}
