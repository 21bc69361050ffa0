/// Memory that results are read into, again and again.
final class ReadBuffer {
    /// As much as a client takes in one read when it wants a lot.
    static let size = 1 << 20

    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: ReadBuffer.size, alignment: 4096)

    init() {
        // Touched, so that no page of it is first used while it is measured.
        bytes.initializeMemory(as: UInt8.self, repeating: 1)
    }

    deinit { bytes.deallocate() }
}
