/// A moment on the mesh's own clock, which only runs forward and whose origin means nothing.
public struct MeshInstant: InstantProtocol, Sendable {
    /// The time since the origin.
    public var offset: Duration

    /// The moment that long after the origin.
    public init(offset: Duration = .zero) { self.offset = offset }

    /// The moment that much later; the last or first one there is where it would lie beyond.
    public func advanced(by duration: Duration) -> MeshInstant {
        let (sum, overflows) = offset.attoseconds.addingReportingOverflow(duration.attoseconds)
        return MeshInstant(offset: Duration(attoseconds: overflows ? (duration < .zero ? .min : .max) : sum))
    }

    /// The time from this moment to another; the longest there is where it would be longer.
    public func duration(to other: MeshInstant) -> Duration {
        let (difference, overflows) = other.offset.attoseconds.subtractingReportingOverflow(offset.attoseconds)
        return Duration(attoseconds: overflows ? (other < self ? .min : .max) : difference)
    }

    /// The earlier moment is the lesser.
    public static func < (left: MeshInstant, right: MeshInstant) -> Bool { left.offset < right.offset }
}
