import NIOCore
import Netceptor
import Testing

@testable import Mesh

/// The messages that wait for a link.
@Suite struct `Outgoing messages` {
    private static func frames(_ batch: ByteBuffer) -> [[UInt8]] {
        var bytes = Array(buffer: batch)
        let frames = takeFrames(&bytes)
        #expect(bytes.isEmpty)
        return frames
    }

    /// Takes all whole messages out of what has come of a link.
    private static func takeFrames(_ bytes: inout [UInt8]) -> [[UInt8]] {
        var start = 0
        let frames = bytes.withUnsafeBytes { space in
            var frames: [[UInt8]] = []
            while let message = LengthPrefixCodec().nextMessage(in: space, from: &start) {
                frames.append(Array(message))
            }
            return frames
        }
        bytes.removeFirst(start)
        return frames
    }

    @Test func `go out in order, each behind its length`() {
        var messages = OutgoingMessages(LengthPrefixCodec())
        let sent: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: MeshLimits.message)]
        for message in sent { #expect(message.withUnsafeBytes { messages.append($0) }) }
        #expect(Self.frames(messages.takeBatch()) == sent)
        #expect(messages.count == 0)
    }

    @Test func `have their length before them in 16 bits, the lower ones first`() {
        var messages = OutgoingMessages(LengthPrefixCodec())
        #expect([UInt8](repeating: 7, count: 0x0102).withUnsafeBytes { messages.append($0) })
        let bytes = Array(buffer: messages.takeBatch())
        #expect(Array(bytes.prefix(3)) == [0x02, 0x01, 7] && bytes.count == 0x0104)
    }

    @Test func `that pass through differ in their hops to live only`() {
        var messages = OutgoingMessages(LengthPrefixCodec())
        let message = [UInt8](repeating: 9, count: 100)
        var expected = message
        expected[DataHeader.hopsOffset] = 3
        #expect(message.withUnsafeBytes { messages.append($0, hopsToLive: 3) })
        #expect(Self.frames(messages.takeBatch()) == [expected])
    }

    @Test func `are written in place, or not at all`() {
        var messages = OutgoingMessages(LengthPrefixCodec())
        let header = [UInt8](0..<36)
        #expect(messages.append(header: header, limit: 1000) { _ in 0 } == 0)
        #expect(messages.count == 0)
        let length = messages.append(header: header, limit: 1000) { space in
            #expect(space.count == 1000)
            space.storeBytes(of: 42, as: UInt8.self)
            return 1
        }
        #expect(length == 1)
        #expect(Self.frames(messages.takeBatch()) == [header + [42]])
    }

    @Test func `are dropped when they do not fit`() {
        var messages = OutgoingMessages(LengthPrefixCodec())
        let large = [UInt8](repeating: 0, count: MeshLimits.message)
        var taken = 0
        while large.withUnsafeBytes({ messages.append($0) }) { taken += 1 }
        #expect(taken == OutgoingMessages<LengthPrefixCodec>.limit / (2 + large.count))
        let tooLarge = [UInt8](repeating: 0, count: MeshLimits.message + 1)
        _ = messages.takeBatch()
        let isTaken = tooLarge.withUnsafeBytes { messages.append($0) }
        #expect(!isTaken)
    }

    @Test func `of streams have the same bound as all others`() {
        var messages = OutgoingMessages(LengthPrefixCodec())
        let header = [UInt8](repeating: 1, count: 36)
        var taken = 0
        while messages.append(header: header, limit: 16_000, { $0.count }) > 0, taken < 1000 { taken += 1 }
        #expect(taken == OutgoingMessages<LengthPrefixCodec>.limit / 16_038)
        #expect(messages.count <= OutgoingMessages<LengthPrefixCodec>.limit)
    }

    @Test func `come out of their framing as they went in, however the bytes were cut`() {
        var messages = OutgoingMessages(LengthPrefixCodec())
        let sent: [[UInt8]] = [[1], [], Array(repeating: 7, count: 300)]
        for message in sent { _ = message.withUnsafeBytes { messages.append($0) } }
        let bytes = Array(buffer: messages.takeBatch())
        for cut in 0...bytes.count {
            var received: [[UInt8]] = []
            var rest: [UInt8] = []
            for part in [bytes[..<cut], bytes[cut...]] {
                rest += part
                received += Self.takeFrames(&rest)
            }
            #expect(received == sent && rest.isEmpty)
        }
    }
}
