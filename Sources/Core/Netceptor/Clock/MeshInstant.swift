/// A moment on the mesh's own clock, which only runs forward and whose origin means nothing.
public struct MeshInstant: InstantProtocol, Sendable {
    /// The time since the origin.
    public var offset: Duration

    /// The moment that long after the origin.
    public init(offset: Duration = .zero) { self.offset = offset }

    /// The moment that much later.
    public func advanced(by duration: Duration) -> MeshInstant { MeshInstant(offset: offset + duration) }

    /// The time from this moment to another.
    public func duration(to other: MeshInstant) -> Duration { other.offset - offset }

    /// The earlier moment is the lesser.
    public static func < (left: MeshInstant, right: MeshInstant) -> Bool { left.offset < right.offset }
}
