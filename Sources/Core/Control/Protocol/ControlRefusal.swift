/// What a control service answers instead of doing what it was asked for: one line, `ERROR: …`, in the words that people
/// read and clients match on (control-protocol §1).
///
/// Nothing can stand beside the words: receptorctl shows, and Receptor keeps, all that is on the line. So what programs
/// have to know is in replies (``UnitStatus/hasNeverStarted``), and the words that every node has are known here only.
public struct ControlRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The words.
    public let description: String

    private static let mark = "ERROR:"
    private static let unknownUnit = "unknown work unit"
    private static let later = "try again later"

    /// A refusal in those words.
    public init(_ description: String) { self.description = description }

    /// Reads a line; `nil` when it is no refusal.
    public init?(line: String) {
        guard line.hasPrefix(Self.mark) else { return nil }
        description = String(line.dropFirst(Self.mark.count).drop { $0 == " " })
    }

    /// The refusal of an identifier that no unit has; every version of Receptor has and looks for these words.
    public static func unknownUnit(_ id: String) -> ControlRefusal { ControlRefusal("\(unknownUnit) \(id)") }

    /// Whether the node does not know the unit (any more).
    public var isUnknownUnit: Bool { description.contains(Self.unknownUnit) }

    /// Something of which there may be too much at a time.
    public enum Excess: String, CaseIterable, Sendable {
        /// Sessions of all clients.
        case sessions = "too many sessions"
        /// Connections to services of other nodes.
        case connections = "too many connections through this node"
        /// Memory for commands.
        case longLines = "too many long command lines at a time"
        /// Memory for replies.
        case longReplies = "too many long replies at a time"
    }

    /// The refusal of something of which there is too much at the moment.
    public static func forNow(_ excess: Excess) -> ControlRefusal { ControlRefusal("\(excess.rawValue): \(later)") }

    /// Whether the same request may be granted soon. Other refusals may quote anything, also those words.
    public var isForNow: Bool { Excess.allCases.contains { Self.forNow($0) == self } }

    /// The line, with its newline: one line, whatever it quotes.
    public var line: String { "\(Self.mark) \(String(description.map { $0.isNewline ? " " : $0 }))\n" }
}
