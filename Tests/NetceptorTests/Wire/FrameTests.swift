import Netceptor
import TestSupport
import Testing

@Suite struct `Frames` {
    @Test func `carry their length in little-endian`() throws {
        var bytes: [UInt8] = []
        try FrameEncoder.append([UInt8](repeating: 7, count: 0x0102), to: &bytes)
        #expect(Array(bytes.prefix(3)) == [0x02, 0x01, 7] && bytes.count == 0x0104)
    }

    @Test func `that are too long are refused`() throws {
        #expect { try FrameEncoder.prefix(forMessageOf: 65_536) } throws: {
            ($0 as? MeshError)?.code == .messageTooLong
        }
        #expect(try FrameEncoder.prefix(forMessageOf: 65_535) == (0xff, 0xff))
    }

    @Test func `come out the same in however many pieces they come in`() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<50 {
            let sizes = [0, 1, 2, 255, 256, 257, 3_000]
            let messages = (0..<10).map { _ in
                [UInt8](
                    repeating: UInt8.random(in: 0...255, using: &generator),
                    count: sizes.randomElement(using: &generator) ?? 0
                )
            }
            var stream: [UInt8] = []
            for message in messages { try FrameEncoder.append(message, to: &stream) }
            var decoder = FrameDecoder()
            var decoded: [[UInt8]] = []
            while !stream.isEmpty {
                let size = Int.random(in: 1...min(stream.count, 2_000), using: &generator)
                decoder.append(stream.prefix(size))
                stream.removeFirst(size)
                while let message = decoder.next() { decoded.append(message) }
                #expect(decoder.bufferedCount < 65_537)
            }
            #expect(decoded == messages)
        }
    }
}
