/// Frames messages for a byte stream (mesh-protocol §2).
public enum FrameEncoder {
    /// The length that goes before a message.
    ///
    /// - Throws: ``MeshError/Code/messageTooLong``.
    public static func prefix(forMessageOf count: Int) throws(MeshError) -> (UInt8, UInt8) {
        guard let length = UInt16(exactly: count) else {
            throw MeshError(.messageTooLong, "a message has at most \(MeshLimits.message) bytes, this one has \(count)")
        }
        return (UInt8(truncatingIfNeeded: length), UInt8(length >> 8))
    }

    /// Appends a message with its length.
    ///
    /// - Throws: ``MeshError/Code/messageTooLong``.
    public static func append(_ message: some Collection<UInt8>, to bytes: inout [UInt8]) throws(MeshError) {
        let (low, high) = try prefix(forMessageOf: message.count)
        bytes.append(low)
        bytes.append(high)
        bytes.append(contentsOf: message)
    }
}
