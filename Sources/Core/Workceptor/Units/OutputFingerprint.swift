internal import COpenSSL
internal import LinuxSystem
internal import Synchronization

/// What tells one output from another without its bytes, so that two nodes can compare what each of them has.
///
/// It is an authentication code (GMAC with AES-128, NIST SP 800-38D) under a key that the asking node makes up for each
/// comparison: nobody can prepare two outputs that have the same one.
public struct OutputFingerprint: Sendable, Hashable {
    /// The 32 hexadecimal digits.
    public let text: String

    /// What a fingerprint depends on besides the output.
    public struct Key: Sendable, Hashable {
        fileprivate let bytes: [UInt8]
        static let size = 16

        /// Makes one up.
        public init() { bytes = (0..<Self.size).map { _ in .random(in: 0 ... .max) } }

        /// Reads ``text``; `nil` when it is none.
        public init?(_ text: String) {
            let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 * Self.size, digits.count == text.utf8.count else { return nil }
            bytes = (0..<Self.size).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }
        }

        /// The 32 hexadecimal digits.
        public var text: String { hexadecimal(bytes) }
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { (byte: UInt8) in
        let digits = String(byte, radix: 16)
        return digits.count < 2 ? "0\(digits)" : digits
    }.joined()
}

extension WorkUnit {
    /// How much is read in one of the unit's turns of the disk.
    private static let turn: Int64 = 4 << 20

    /// The fingerprint of the beginning of the output; of less than asked for where there is less.
    ///
    /// - Throws: `SystemError`, when the output cannot be read; ``WorkError``; `CancellationError`.
    public func outputFingerprint(ofFirst count: Int64, key: OutputFingerprint.Key) async throws -> OutputFingerprint {
        // The unit's own work has its turn of the disk all the time: what else there is for the unit would wait for all.
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await self.fingerprintInTurns(ofFirst: count, key: key)
        }
    }

    private func fingerprintInTurns(
        ofFirst count: Int64,
        key: OutputFingerprint.Key
    ) async throws -> OutputFingerprint {
        let disk = environment.disk
        let code = try AuthenticationCode(key: key.bytes)
        // Most outputs are read in one turn.
        let first = min(count, Self.turn)
        let (file, read) = try await disk.run(for: id) {
            let file = try self.openOutput()
            return (file, try code.add(file, from: 0, to: first))
        }
        var (position, end) = (read, first)
        while position == end, end < count {
            try Task.checkCancellation()
            guard !isReleased else { throw WorkError.unknownUnit("\(id)") }
            end = min(count, position + Self.turn)
            position = try await disk.run(for: id) { [position, end] in
                try code.add(file, from: position, to: end)
            }
        }
        return OutputFingerprint(text: hexadecimal(try code.finish()))
    }
}

/// A GMAC that is being computed.
private final class AuthenticationCode: Sendable {
    private static let part = 128 << 10
    private static let nonceSize = 12
    private static let size = 16
    private let context: Mutex<OpaquePointer>

    init(key: [UInt8]) throws(WorkError) {
        guard let context = EVP_CIPHER_CTX_new() else { throw Self.failure }
        // A key serves one comparison, so the nonce need not differ.
        let nonce = [UInt8](repeating: 0, count: Self.nonceSize)
        guard EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nil, key, nonce) == 1 else {
            EVP_CIPHER_CTX_free(context)
            throw Self.failure
        }
        self.context = Mutex(context)
    }

    deinit { context.withLock { EVP_CIPHER_CTX_free($0) } }

    private static var failure: WorkError {
        ERR_clear_error()
        return WorkError(.unavailable, "OpenSSL cannot compute the fingerprint of an output")
    }

    /// Adds a part of a file. Blocks.
    ///
    /// - Returns: the position behind it; less than `end` where the file ends before.
    func add(_ file: Descriptor, from start: Int64, to end: Int64) throws -> Int64 {
        try context.withLock { context in
            try withUnsafeTemporaryAllocation(byteCount: Self.part, alignment: 16) { buffer in
                var position = start
                while position < end {
                    let wanted = Int(min(Int64(buffer.count), end - position))
                    let count = try file.read(
                        at: position,
                        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
                    )
                    guard count > 0 else { break }
                    var length: CInt = 0
                    // Without a place for the result the bytes are authenticated only.
                    guard EVP_EncryptUpdate(context, nil, &length, buffer.baseAddress, CInt(count)) == 1 else {
                        throw Self.failure
                    }
                    position += Int64(count)
                }
                return position
            }
        }
    }

    func finish() throws(WorkError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Self.size)
        let isDone = context.withLock { context in
            var length: CInt = 0
            return EVP_EncryptFinal_ex(context, &code, &length) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CInt(Self.size), &code) == 1
        }
        guard isDone else { throw Self.failure }
        return code
    }
}
