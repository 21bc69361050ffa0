import QUIC

/// A sequence of bytes in which every eight are different: what is lost, doubled or in the wrong place shows.
enum Pattern {
    static let blockSize = 65_536

    /// The eight bytes at an index.
    static func word(_ index: UInt64) -> UInt64 { (index &+ 1) &* 0x9e37_79b9_7f4a_7c15 }
}

/// Writes the pattern to a stream as fast as it takes it, then finishes it.
final class PatternWriter {
    private let total: Int
    private var block = [UInt8](repeating: 0, count: Pattern.blockSize)
    private var blockOffset = Pattern.blockSize
    private(set) var written = 0
    private(set) var isFinished = false

    /// - Parameter total: a multiple of the block size.
    init(total: Int) { self.total = total }

    func write(to stream: QUICStreamID, of connection: QUICConnection) throws {
        while written < total {
            if blockOffset == block.count { nextBlock() }
            let taken = try block.withUnsafeBytes {
                try connection.write(UnsafeRawBufferPointer(rebasing: $0[blockOffset...]), to: stream)
            }
            blockOffset += taken
            written += taken
            if blockOffset < block.count { return }
        }
        guard !isFinished else { return }
        isFinished = true
        try connection.finish(stream)
    }

    private func nextBlock() {
        let first = UInt64(written / 8)
        block.withUnsafeMutableBytes { bytes in
            for index in 0..<bytes.count / 8 {
                bytes.storeBytes(of: Pattern.word(first + UInt64(index)), toByteOffset: index * 8, as: UInt64.self)
            }
        }
        blockOffset = 0
    }
}

/// Reads a stream and compares it with the pattern.
final class PatternReader {
    private var buffer = [UInt8](repeating: 0, count: Pattern.blockSize)
    private var buffered = 0
    private(set) var count = 0
    private(set) var isIntact = true
    private(set) var end: QUICReadResult?

    /// Reads at most so many bytes.
    func read(_ stream: QUICStreamID, of connection: QUICConnection, atMost limit: Int = .max) throws {
        var left = limit
        while left > 0, end == nil {
            let space = buffered..<buffered + min(left, buffer.count - buffered)
            let result = try buffer.withUnsafeMutableBytes {
                try connection.read(from: stream, into: UnsafeMutableRawBufferPointer(rebasing: $0[space]))
            }
            switch result {
            case .bytes(let bytes):
                left -= bytes
                buffered += bytes
                compare()
            case .pending: return
            default: end = result
            }
        }
    }

    /// Compares the whole words that there are.
    private func compare() {
        let words = buffered / 8
        let first = UInt64(count / 8)
        buffer.withUnsafeMutableBytes { bytes in
            for index in 0..<words {
                let word = bytes.load(fromByteOffset: index * 8, as: UInt64.self)
                if word != Pattern.word(first + UInt64(index)) { isIntact = false }
            }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[words * 8..<buffered])
            bytes.copyBytes(from: Array(rest))
        }
        count += words * 8
        buffered -= words * 8
    }
}
