internal import JSON

/// The parameters of remote work that are secret (work-units §4).
public enum RemoteParameters {
    /// Whether the parameter of that name is for the other node's eyes only.
    public static func isSecret(_ name: String) -> Bool { name.lowercased().hasPrefix("secret_") }

    /// The ExtraData of a remote unit as it may be shown: without secret parameters.
    static func withoutSecrets(_ extraData: JSONValue) -> JSONValue {
        guard var shown = extraData.object, let parameters = shown[member]?.object else { return extraData }
        shown[member] = .object(
            JSONObject(parameters.members.filter { !isSecret($0.name) }.map { ($0.name, $0.value) })
        )
        return .object(shown)
    }

    private static let member = "RemoteParams"
}
