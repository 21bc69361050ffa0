/// Both clocks that a node reads: one to measure with, one to tell other nodes the time.
public struct MeshTime: Sendable, Hashable {
    /// The clock for deadlines.
    public var instant: MeshInstant
    /// The wall clock, in nanoseconds since 1970.
    public var unixNanoseconds: Int64

    /// What both clocks show.
    public init(instant: MeshInstant, unixNanoseconds: Int64) {
        self.instant = instant
        self.unixNanoseconds = unixNanoseconds
    }
}
