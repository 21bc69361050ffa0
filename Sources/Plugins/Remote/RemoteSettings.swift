public import Workceptor

/// The `remote` plugin's keys of a `work-commands` entry.
public struct RemoteSettings: WorkTypeSettings {
    /// The node that does the work.
    public var node: String
    /// The name of the work type there; `nil` for the same name as here.
    public var remoteWorkType: String?
    /// Whether requests to the node are signed.
    public var signsWork: Bool
    /// How long a unit may wait for the node; `nil` for as long as it takes.
    public var timeToLive: Duration?

    /// The keys that `init(from:)` reads.
    public static let keys = [
        SettingKey("node", "the node that does the work", default: nil),
        SettingKey("remoteworktype", "the name of the work type there", default: "the name here"),
        SettingKey("signwork", "sign the requests, with the key of work-signing", default: "false"),
        SettingKey("ttl", "how long a unit may wait for the node to start it", default: "for ever"),
    ]

    private enum CodingKeys: String, CodingKey {
        case node, remoteworktype, signwork, ttl
    }

    /// Creates one from its parts.
    public init(node: String, remoteWorkType: String? = nil, signsWork: Bool = false, timeToLive: Duration? = nil) {
        self.node = node
        self.remoteWorkType = remoteWorkType
        self.signsWork = signsWork
        self.timeToLive = timeToLive
    }

    /// Decodes and checks the keys of an entry.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        node = try keys.decode(String.self, forKey: .node)
        remoteWorkType = try keys.decodeIfPresent(String.self, forKey: .remoteworktype)
        signsWork = try keys.decodeIfPresent(Bool.self, forKey: .signwork) ?? false
        timeToLive = try keys.decodeIfPresent(Duration.self, forKey: .ttl)
        if let problem = RemoteWorkType.problem(inNode: node) {
            throw DecodingError.dataCorruptedError(forKey: .node, in: keys, debugDescription: problem)
        }
        let isName =
            node.utf8.count <= 255
            && !node.unicodeScalars.contains {
                $0 == "/" || $0.properties.isWhitespace || $0.properties.generalCategory == .control
            }
        if !isName {
            throw DecodingError.dataCorruptedError(
                forKey: .node,
                in: keys,
                debugDescription: "no node can have this name: it has spaces, '/', control characters or over 255 bytes"
            )
        }
        if let timeToLive, timeToLive <= .zero {
            throw DecodingError.dataCorruptedError(
                forKey: .ttl,
                in: keys,
                debugDescription: "ttl must be longer than nothing"
            )
        }
    }
}
