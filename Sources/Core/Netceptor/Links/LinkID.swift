/// Names a link within a node, from its opening to its end; none is used twice.
public struct LinkID: Sendable, Hashable, Comparable, CustomStringConvertible {
    let rawValue: UInt64

    /// Links that were opened earlier come first.
    public static func < (left: LinkID, right: LinkID) -> Bool { left.rawValue < right.rawValue }

    /// `link 7`
    public var description: String { "link \(rawValue)" }
}
