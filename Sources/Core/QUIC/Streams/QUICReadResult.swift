/// What reading from a stream gave.
public enum QUICReadResult: Sendable, Hashable {
    /// So many bytes, at least one. There may be more.
    case bytes(Int)
    /// Nothing now; there will be a ``QUICEvent/readable(_:)``.
    case pending
    /// Nothing more: the peer finished the stream and everything was read.
    case finished
    /// Nothing more: the peer gave the stream up with a code of its application, and what had arrived is dropped.
    case reset(UInt64)
    /// Nothing more: the connection was over before the stream's end arrived.
    case connectionClosed
}
