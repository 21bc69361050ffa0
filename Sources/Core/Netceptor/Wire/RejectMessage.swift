internal import JSON

/// A message that refuses a link (mesh-protocol §3.3).
///
/// Receptor writes an empty list and never looks at what it gets, so the list has room for the reason.
enum RejectMessage {
    private static let maximumReasonBytes = 400

    /// The message with the reason, for the operator at the other end.
    static func encoded(reason: String) -> [UInt8] {
        var bytes = [MessageType.reject.rawValue]
        JSONValue.array([.string(reason)]).write(to: &bytes)
        return bytes
    }

    /// The reason in a message, if there is one that can be shown in one line.
    static func reason(in message: [UInt8]) -> String? {
        // A text may take six times its bytes in JSON.
        guard message.count <= maximumReasonBytes * 6,
            let document = try? JSONValue(parsing: message.dropFirst(), maximumDepth: MeshLimits.jsonDepth),
            let reason = document.array?.first?.string, !reason.isEmpty, reason.utf8.count <= maximumReasonBytes,
            !NodeID.hasForbiddenCharacter(reason)
        else { return nil }
        return reason
    }
}
