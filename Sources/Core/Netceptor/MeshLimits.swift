/// The sizes of the protocol, and the bounds that keep a node flat in memory whatever its neighbours send.
public enum MeshLimits {
    /// The greatest message of a link, in bytes (mesh-protocol §2).
    public static let message = 65_535
    /// The greatest payload that this node sends in a data message, in bytes (§3.1).
    public static let payload = 16_384
    /// The hops that a new data message may make (§3.1).
    public static let hops: UInt8 = 30
    /// Greetings of a link before it is given up (§3.3).
    public static let greetings = 11
    /// The greatest node ID, in bytes.
    public static let nodeID = 255
    /// The greatest service name, in bytes (§3.1).
    public static let serviceName = 8
    /// The greatest identifier of a route update, in bytes; Receptor's have 8.
    public static let updateID = 64
    /// Nodes that are remembered.
    public static let nodes = 8_192
    /// Connections between nodes that are remembered.
    public static let connections = 131_072
    /// Names that were heard of but never announced themselves.
    public static let heardNames = 8_192
    /// Identifiers of route updates that are remembered. A mesh of 1,000 nodes fills it in 80 seconds, and no update is
    /// under way for so long; what comes again later has a sequence number that is old.
    public static let seenUpdates = 8_192
    /// Advertisements that are remembered of one node.
    public static let servicesOfNode = 256
    /// The bytes of all advertisements that are remembered.
    public static let advertisementBytes = 8 << 20
    /// How deeply the JSON of a message may be nested; the deepest of the protocol has 3.
    static let jsonDepth = 8
}
