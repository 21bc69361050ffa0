/// The name of a node: not empty, at most 255 bytes, no blanks at its ends, no control characters, not `localhost`.
///
/// Names are the same when their bytes are, as in Receptor: two spellings of one accented letter are two nodes.
public struct NodeID: Sendable {
    /// The name.
    public let name: String
    /// What stands for it in data messages.
    public let nodeHash: NodeHash

    /// Checks a name.
    ///
    /// - Throws: ``MeshError/Code/invalidNodeID``.
    public init(_ name: String) throws(MeshError) {
        if let problem = Self.problem(in: name) { throw MeshError(.invalidNodeID, problem) }
        self.name = name
        nodeHash = NodeHash(of: name)
    }

    /// Whether a destination means this node, whatever its ID (mesh-protocol §3.1).
    public static func isLocalhost(_ name: String) -> Bool {
        name.utf8.count == 9 && name.lowercased() == "localhost"
    }

    private static func problem(in name: String) -> String? {
        guard !name.isEmpty else { return "a node ID must not be empty" }
        guard name.utf8.count <= MeshLimits.nodeID else {
            return "a node ID has at most \(MeshLimits.nodeID) bytes, this one has \(name.utf8.count)"
        }
        if isPlain(name) {
            guard name.utf8.first != UInt8(ascii: " "), name.utf8.last != UInt8(ascii: " ") else { return blankEnds }
            return isLocalhost(name) ? takenByLocalhost : nil
        }
        guard !hasForbiddenCharacter(name) else {
            return "a node ID must not contain control characters or line breaks"
        }
        guard name.unicodeScalars.first?.properties.isWhitespace == false,
            name.unicodeScalars.last?.properties.isWhitespace == false
        else { return blankEnds }
        return isLocalhost(name) ? takenByLocalhost : nil
    }

    private static let blankEnds = "a node ID must not begin or end with a blank"
    private static let takenByLocalhost = "localhost stands for every node: it cannot be a node ID"

    /// Nearly all names are plain: their bytes tell.
    private static func isPlain(_ name: String) -> Bool { name.utf8.allSatisfy { (0x20..<0x7f).contains($0) } }

    /// Whether a text has characters that would break a log line or a terminal.
    static func hasForbiddenCharacter(_ name: String) -> Bool {
        if isPlain(name) { return false }
        return name.unicodeScalars.contains(where: isForbidden)
    }

    /// Characters that would break a log line or a terminal.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x20, 0x7f...0x9f, 0x2028, 0x2029: true
        default: false
        }
    }
}

extension NodeID: Hashable, Comparable, CustomStringConvertible {
    /// Whether the bytes are the same.
    public static func == (left: NodeID, right: NodeID) -> Bool {
        // The hash is of the bytes: with it, Swift's looser equality of strings is exact.
        left.nodeHash == right.nodeHash && left.name == right.name
    }

    /// The order of the bytes, in which Go writes keys.
    public static func < (left: NodeID, right: NodeID) -> Bool {
        left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }

    /// Feeds the hash of the name, which stands for the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(nodeHash.rawValue) }

    /// The name.
    public var description: String { name }
}
