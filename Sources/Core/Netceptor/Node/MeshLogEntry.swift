/// A line for the log. Nothing in it comes from the wire unchecked.
public struct MeshLogEntry: Sendable, Hashable, CustomStringConvertible {
    /// How much it matters.
    public enum Level: String, Sendable, Hashable {
        /// Of use to those who look for a fault.
        case debug
        /// Normal operation.
        case info
        /// Something is wrong, and the mesh goes on.
        case warning
        /// The operator has to act.
        case error
    }

    /// How much it matters.
    public var level: Level
    /// What happened.
    public var message: String

    /// A line of that level.
    public init(_ level: Level, _ message: String) {
        self.level = level
        self.message = message
    }

    /// `level: message`
    public var description: String { "\(level.rawValue): \(message)" }
}
