/// Why the mesh could not do something, or what is wrong with what came from it.
public struct MeshError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is; further kinds may come without breaking anyone.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalidNodeID, invalidServiceName, invalidPattern, invalidOption
            case emptyMessage, unknownMessageType, malformedMessage, messageTooLong
            case unknownNode, noRoute, serviceUnknown, serviceInUse, shutDown
        }
        private let kind: Kind

        /// The text cannot be a node ID.
        public static let invalidNodeID = Code(kind: .invalidNodeID)
        /// The text cannot be a service name.
        public static let invalidServiceName = Code(kind: .invalidServiceName)
        /// The regular expression of a firewall rule is wrong, or too large.
        public static let invalidPattern = Code(kind: .invalidPattern)
        /// A setting makes no sense.
        public static let invalidOption = Code(kind: .invalidOption)
        /// The message has no bytes, or a route update names no node: its sender is still starting (§3.2).
        public static let emptyMessage = Code(kind: .emptyMessage)
        /// No message has the type.
        public static let unknownMessageType = Code(kind: .unknownMessageType)
        /// The message is not what its type says.
        public static let malformedMessage = Code(kind: .malformedMessage)
        /// The message or payload is longer than the protocol allows.
        public static let messageTooLong = Code(kind: .messageTooLong)
        /// No node is known by the hash.
        public static let unknownNode = Code(kind: .unknownNode)
        /// No route leads to the node.
        public static let noRoute = Code(kind: .noRoute)
        /// Nothing on this node listens on the service.
        public static let serviceUnknown = Code(kind: .serviceUnknown)
        /// The service name is taken.
        public static let serviceInUse = Code(kind: .serviceInUse)
        /// This node has left the mesh.
        public static let shutDown = Code(kind: .shutDown)

        /// The name of the kind.
        public var description: String { kind.rawValue }
    }

    /// The kind of error.
    public var code: Code
    /// What is wrong and what to change, in one line.
    public var message: String

    /// An error of that kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// The error of a message whose content is wrong.
    static func malformed(_ message: String) -> MeshError { MeshError(.malformedMessage, message) }

    /// The error for a destination that is not in the routing table, in Receptor's words.
    static let noRoute = MeshError(.noRoute, "no route to node")
    /// The error for a local service that nobody listens on, in Receptor's words.
    static let serviceUnknown = MeshError(.serviceUnknown, "service unknown")
    /// The error of every request after the mesh was left.
    static let shutDown = MeshError(.shutDown, "this node has left the mesh because another node has its ID")
}
