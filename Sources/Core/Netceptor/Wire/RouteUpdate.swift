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

    /// The members in Receptor's order; Go writes the keys of a map sorted by their bytes.
    var json: JSONObject {
        let sorted = connections.sorted { $0.key < $1.key }
        return [
            "NodeID": .string(nodeID.name), "UpdateID": .string(updateID), "UpdateEpoch": Self.number(epoch),
            "UpdateSequence": Self.number(sequence),
            "Connections": .object(JSONObject(sorted.lazy.map { ($0.key.name, .number($0.value)) })),
            "ForwardingNode": .string(forwardingNode.name), "SuspectedDuplicate": Self.number(suspectedDuplicate),
        ]
    }

    private static func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
}
