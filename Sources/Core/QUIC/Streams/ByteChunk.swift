/// A piece of memory that does not move, filled from its start.
final class ByteChunk {
    /// The capacities that ``capacity(for:after:)`` chooses from, in bytes.
    private static let capacities = 2048...65_536

    private let memory: UnsafeMutableRawBufferPointer
    private let account: QUICSendBudget.Account?
    /// How many bytes are filled.
    private(set) var count = 0

    /// - Parameter account: pays for the memory for as long as there is the chunk.
    init(capacity: Int, account: QUICSendBudget.Account? = nil) {
        memory = .allocate(byteCount: capacity, alignment: 16)
        self.account = account
        account?.use(capacity)
    }

    deinit {
        account?.use(-memory.count)
        memory.deallocate()
    }

    /// A capacity for a chunk that follows another: small for streams that carry little, doubling for the others.
    static func capacity(for bytes: Int, after previous: ByteChunk?) -> Int {
        let wanted = max(bytes, (previous?.memory.count ?? 0) * 2)
        return min(max(wanted, capacities.lowerBound), capacities.upperBound)
    }

    /// What is filled.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
    /// What is not.
    var space: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[count...]) }
    var isFull: Bool { count == memory.count }

    /// Counts bytes at the start of ``space`` as filled.
    func fill(_ bytes: Int) { count = min(count + max(0, bytes), memory.count) }
}
