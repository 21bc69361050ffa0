/// A command of the control protocol, read from its line and written as one (control-protocol §2, §3). Pure.
public enum ControlCommand: Sendable, Hashable {
    case status(fields: [String]?)
    case ping(target: String)
    case traceroute(target: String)
    case connect(node: String, service: String, tlsClient: String?)
    case reload
    case plugins
    case submit(SubmitRequest)
    case list(unit: String?, withTimes: Bool)
    case unitStatus(unit: String, fingerprint: FingerprintRequest? = nil, signature: String? = nil)
    case results(unit: String, startPosition: Int64, signature: String?)
    case cancel(unit: String, signature: String?)
    case release(unit: String, isForced: Bool, signature: String?)
}

/// Asks, with a unit's status, for the fingerprint of its output, which is told if the unit has ended with so much of it.
///
/// An extension of ours: Receptor passes over it, and so tells none. It is for who may have the output.
public struct FingerprintRequest: Sendable, Hashable {
    /// Bytes of the output.
    public var size: Int64
    /// 32 hexadecimal digits.
    public var key: String

    /// Creates one.
    public init(size: Int64, key: String) {
        self.size = size
        self.key = key
    }
}
