import TestSupport
import Testing

@testable import QUIC

@Suite struct `The queues of a stream` {
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `give the bytes to be sent in order, and keep them where they are until they are acknowledged`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        var queue = SendQueue()
        var written: [UInt8] = []
        var sent = 0
        var acknowledged = 0
        /// Where bytes were when they were sent.
        var places: [(offset: Int, bytes: UnsafeRawBufferPointer)] = []
        for _ in 0..<400 {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                let bytes = (0..<Int.random(in: 0..<5000, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = queue.append(atMost: rest.count) { space in
                        space.copyBytes(from: rest.prefix(space.count))
                        return space.count
                    }
                    rest = rest.dropFirst(count)
                }
                written += bytes
            case 1:
                let limit = Int.random(in: 1...20_000, using: &generator)
                var count = 0
                queue.forEachUnsent { piece in
                    let part = UnsafeRawBufferPointer(rebasing: piece.prefix(limit - count))
                    places.append((sent + count, part))
                    count += part.count
                    return count < limit
                }
                queue.markSent(count)
                sent += count
            default:
                acknowledged = Int.random(in: acknowledged...sent, using: &generator)
                places.removeAll { $0.offset < acknowledged }
                queue.acknowledge(upTo: UInt64(acknowledged))
            }
            #expect(queue.unsent == written.count - sent)
            #expect(queue.count == written.count - acknowledged)
            if let place = places.randomElement(using: &generator) {
                #expect(place.bytes.elementsEqual(written[place.offset..<place.offset + place.bytes.count]))
            }
        }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `give the reader what has arrived, in pieces of any size`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = ReceiveQueue()
        var model: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 100_000)
        for _ in 0..<400 {
            if Bool.random(using: &generator) {
                let bytes = (0..<Int.random(in: 0..<3000, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                bytes.withUnsafeBytes { queue.append($0) }
                model += bytes
            } else {
                let wanted = Int.random(in: 0..<5000, using: &generator)
                let count = buffer.withUnsafeMutableBytes {
                    queue.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
                }
                #expect(count == min(wanted, model.count))
                #expect(buffer[..<count] == model[..<count])
                model.removeFirst(count)
            }
            #expect(queue.count == model.count)
        }
        #expect(queue.removeAll() == model.count)
        #expect(queue.count == 0)
    }

    @Test func `of elements keep their order`() {
        var generator = SeededGenerator(seed: 9)
        var queue = Queue<Int>()
        var model: [Int] = []
        for number in 0..<5000 {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                queue.append(number)
                model.append(number)
            case 2:
                queue.prepend(number)
                model.insert(number, at: 0)
            default: #expect(queue.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(queue.count == model.count)
            #expect(queue.last == model.last)
            #expect(queue[0] == model.first)
        }
    }
}
