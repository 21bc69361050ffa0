/// The replies that are no JSON (control-protocol §2 to §4), without their newlines.
public enum ControlReply {
    private static let created = "Work unit created with ID "
    private static let streaming = "Streaming results for work unit "

    /// A connection to a service begins.
    public static let connecting = "Connecting"

    /// A unit waits for its payload.
    public static func unitCreated(_ id: String) -> String { "\(created)\(id). Send stdin data and EOF." }

    /// The unit of ``unitCreated(_:)``; `nil` for another line.
    public static func createdUnit(in line: String) -> String? {
        guard line.hasPrefix(created) else { return nil }
        let id = line.dropFirst(created.count).prefix { $0 != "." && $0 != " " }
        return id.isEmpty ? nil : String(id)
    }

    /// Output follows.
    public static func streamingResults(of id: String) -> String { "\(streaming)\(id)" }

    /// Whether output follows.
    public static func isStreamingResults(_ line: String) -> Bool { line.hasPrefix(streaming) }
}
