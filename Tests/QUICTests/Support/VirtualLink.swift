import QUIC
import TestSupport

/// One direction of a virtual network.
struct VirtualLink {
    /// How long a datagram is on its way.
    var latency = Duration.microseconds(100)
    /// How many of a thousand datagrams are lost.
    var lossPerMille = 0
    /// How many of a thousand datagrams are overtaken by those sent within the next two milliseconds.
    var delayedPerMille = 0
    /// How many datagrams may be on their way; while there are as many, nothing can be sent.
    var capacity = 4096
    /// Changes a datagram on its way.
    var tamper: (inout [UInt8]) -> Void = { _ in }

    private struct Transit {
        let arrival: QUICInstant
        let bytes: [UInt8]
    }

    private var transits: [Transit] = []
    private var head = 0
    private var generator: SeededGenerator

    /// Datagrams sent, and the longest of them.
    private(set) var sent = 0
    private(set) var longest = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    var isFull: Bool { transits.count - head >= capacity }

    var nextArrival: QUICInstant? { head < transits.count ? transits[head].arrival : nil }

    mutating func send(_ datagram: UnsafeRawBufferPointer, now: QUICInstant) {
        sent += 1
        longest = max(longest, datagram.count)
        guard !hits(lossPerMille) else { return }
        var bytes = Array(datagram)
        tamper(&bytes)
        let delay = hits(delayedPerMille) ? Duration.microseconds(Int64.random(in: 1...2000, using: &generator)) : .zero
        let transit = Transit(arrival: now + latency + delay, bytes: bytes)
        var position = transits.count
        while position > head, transits[position - 1].arrival > transit.arrival { position -= 1 }
        transits.insert(transit, at: position)
    }

    mutating func receive(now: QUICInstant) -> [UInt8]? {
        guard head < transits.count, transits[head].arrival <= now else { return nil }
        let bytes = transits[head].bytes
        head += 1
        if head > 1024 {
            transits.removeFirst(head)
            head = 0
        }
        return bytes
    }

    mutating func loseEverything() {
        transits = []
        head = 0
    }

    private mutating func hits(_ perMille: Int) -> Bool {
        perMille > 0 && Int.random(in: 0..<1000, using: &generator) < perMille
    }
}
