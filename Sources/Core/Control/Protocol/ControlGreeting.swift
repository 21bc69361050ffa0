/// The first line that a control service writes (control-protocol §1).
public enum ControlGreeting {
    private static let prefix = "Receptor Control, node "

    /// The line of a node, without the newline.
    public static func line(nodeID: String) -> String { prefix + nodeID }

    /// The node's identifier in a line; `nil` when it is no greeting.
    public static func nodeID(in line: String) -> String? {
        guard line.hasPrefix(prefix), line.utf8.count > prefix.utf8.count else { return nil }
        return String(line.dropFirst(prefix.count))
    }
}
