internal import JSON

/// What a node tells all others about its connections (mesh-protocol §3.2).
public struct RouteUpdate: Sendable, Hashable {
    /// The node that it tells of.
    public var nodeID: NodeID
    /// Names this update among all, whoever passes it on.
    public var updateID: String
    /// When the node started: later starts have greater epochs.
    public var epoch: UInt64
    /// Counts the node's updates since then, from 1.
    public var sequence: UInt64
    /// The node's neighbours and what it costs to send to each: finite and greater than 0.
    public var connections: [NodeID: Double]
    /// The node that passed it on last.
    public var forwardingNode: NodeID
    /// The epoch of another node that seems to have the same ID, or 0.
    public var suspectedDuplicate: UInt64

    /// An update of these parts; costs are not checked.
    public init(
        nodeID: NodeID,
        updateID: String,
        epoch: UInt64,
        sequence: UInt64,
        connections: [NodeID: Double],
        forwardingNode: NodeID,
        suspectedDuplicate: UInt64 = 0
    ) {
        self.nodeID = nodeID
        self.updateID = updateID
        self.epoch = epoch
        self.sequence = sequence
        self.connections = connections
        self.forwardingNode = forwardingNode
        self.suspectedDuplicate = suspectedDuplicate
    }

    init(_ fields: JSONFields) throws(MeshError) {
        let name = try fields.string("NodeID")
        guard !name.isEmpty else { throw MeshError(.emptyMessage, "a route update names no node") }
        nodeID = try NodeID(name)
        updateID = try fields.string("UpdateID", maximumBytes: MeshLimits.updateID)
        epoch = try fields.unsigned("UpdateEpoch")
        sequence = try fields.unsigned("UpdateSequence")
        connections = try Self.connections(fields.members("Connections"))
        forwardingNode = try NodeID(fields.string("ForwardingNode"))
        suspectedDuplicate = try fields.unsigned("SuspectedDuplicate")
    }

    private static func connections(_ members: JSONObject?) throws(MeshError) -> [NodeID: Double] {
        guard let members else { return [:] }
        var connections: [NodeID: Double] = [:]
        connections.reserveCapacity(members.count)
        for (name, value) in members.members {
            let node = try NodeID(name)
            guard let cost = value.number, cost.isFinite, cost > 0 else {
                throw .malformed("the cost of the connection to \(node) must be a number greater than 0")
            }
            connections[node] = cost
        }
        return connections
    }

    /// Appends the members in Receptor's order; Go writes the keys of a map sorted by their bytes.
    func write(to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + 160 + nodeID.name.utf8.count + 24 * connections.count)
        Self.write("{\"NodeID\":", .string(nodeID.name), to: &bytes)
        Self.write(",\"UpdateID\":", .string(updateID), to: &bytes)
        Self.write(",\"UpdateEpoch\":", Self.number(epoch), to: &bytes)
        Self.write(",\"UpdateSequence\":", Self.number(sequence), to: &bytes)
        bytes += ",\"Connections\":".utf8
        var separator = UInt8(ascii: "{")
        for (node, cost) in connections.sorted(by: { $0.key < $1.key }) {
            bytes.append(separator)
            JSONValue.string(node.name).write(to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            JSONValue.number(cost).write(to: &bytes)
            separator = UInt8(ascii: ",")
        }
        bytes += (connections.isEmpty ? "{}" : "}").utf8
        Self.write(",\"ForwardingNode\":", .string(forwardingNode.name), to: &bytes)
        Self.write(",\"SuspectedDuplicate\":", Self.number(suspectedDuplicate), to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    private static func write(_ name: String, _ value: JSONValue, to bytes: inout [UInt8]) {
        bytes += name.utf8
        value.write(to: &bytes)
    }

    private static func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
}
