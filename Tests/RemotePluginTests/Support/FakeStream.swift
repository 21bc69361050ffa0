import Glibc
import LinuxSystem
import Synchronization
import Workceptor

/// Bytes in memory.
struct FakeBytes: WorkBytes {
    let bytes: [UInt8]
    var count: Int { bytes.count }

    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result: Swift.Result<Result, Failure> = bytes.withUnsafeBytes { buffer in
            Swift.Result { () throws(Failure) in try body(buffer) }
        }
        return try result.get()
    }
}

/// A stream in memory: the side of the node under test.
final class FakeStream: WorkStream {
    let toNode: BytePipe
    let fromNode: BytePipe
    private let whenClosed: @Sendable () -> Void
    private let isClosed = Mutex(false)

    init(toNode: BytePipe, fromNode: BytePipe, whenClosed: @escaping @Sendable () -> Void) {
        self.toNode = toNode
        self.fromNode = fromNode
        self.whenClosed = whenClosed
    }

    func read() async throws -> (any WorkBytes)? { try await fromNode.read().map { FakeBytes(bytes: $0) } }

    func write(_ text: String) async throws { try toNode.write(Array(text.utf8)) }

    func send(_ file: Descriptor, from position: Int64, count: Int64) async throws {
        guard lseek(file.number, Int(position), SEEK_SET) == Int(position) else { throw SystemError.current("seek") }
        var left = Int(count)
        while left > 0 {
            try Task.checkCancellation()
            let part = try file.read(upTo: min(left, 16 << 10))
            guard !part.isEmpty else { throw SystemError("read", code: EIO) }
            try toNode.write(part)
            left -= part.count
            await Task.yield()
        }
    }

    func finish() async throws { toNode.end() }

    func close() {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        tear()
        whenClosed()
    }

    /// Lets nothing through any more, as an outage does of which nobody hears.
    func freeze() {
        toNode.freeze()
        fromNode.freeze()
    }

    /// Breaks both directions, as an outage does.
    func tear() {
        toNode.tear()
        fromNode.tear()
    }
}
