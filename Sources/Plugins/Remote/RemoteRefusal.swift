/// What another node answered instead of doing what it was asked for.
struct RemoteRefusal: Error, Hashable, CustomStringConvertible {
    /// The node's own words, in one line.
    let description: String

    private static let mark = "ERROR: "

    /// Reads an answer; `nil` when it is no refusal.
    init?(_ line: String) {
        guard line.hasPrefix(Self.mark) else { return nil }
        description = String(line.dropFirst(Self.mark.count).prefix(1000))
    }

    /// Whether the node does not know the unit (any more); every version of Receptor has these words.
    var isUnknownUnit: Bool { description.contains("unknown work unit") }
}
