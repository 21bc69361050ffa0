/// The hash of a certificate's DER that a peer's certificate is pinned to.
public struct QUICFingerprint: Sendable, Hashable {
    /// The hash.
    public let bytes: [UInt8]

    /// Takes a SHA-256 (32 bytes) or SHA-512 (64 bytes) hash; `nil` for anything else.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 || bytes.count == 64 else { return nil }
        self.bytes = bytes
    }
}
