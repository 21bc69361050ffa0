/// What a unit of work gets as its standard input.
public enum Payload: Sendable {
    /// These bytes; none for an empty array.
    case bytes([UInt8])
    /// All that can be read from a descriptor, from where it stands; it is not closed.
    case descriptor(CInt)
}
