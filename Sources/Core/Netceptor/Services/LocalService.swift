/// A service of this node.
public struct LocalService: Sendable, Hashable {
    /// What others are told of it.
    public struct Advertisement: Sendable, Hashable {
        /// How it is spoken to.
        public var connectionType: ConnectionType
        /// What is told of it.
        public var tags: [String: String]?

        /// What others are told.
        public init(connectionType: ConnectionType, tags: [String: String]? = nil) {
            self.connectionType = connectionType
            self.tags = tags
        }

        /// Whether it tells of the types of work too (mesh-protocol §3.4).
        public var isControlService: Bool { tags?["type"] == "Control Service" }

        /// The advertisement of a control service.
        public static func controlService(_ connectionType: ConnectionType) -> Advertisement {
            Advertisement(connectionType: connectionType, tags: ["type": "Control Service"])
        }
    }

    /// Its name.
    public var name: ServiceName
    /// What others are told of it; `nil` for a service that is not advertised.
    public var advertisement: Advertisement?

    /// A service that is advertised only if something is told of it.
    public init(name: ServiceName, advertisement: Advertisement? = nil) {
        self.name = name
        self.advertisement = advertisement
    }
}
