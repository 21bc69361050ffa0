/// What the `status` command tells of the mesh.
struct MeshStatus: Decodable, Sendable {
    struct Connection: Decodable, Hashable, Sendable {
        var NodeID: String
        var Cost: Double
    }

    struct Advertisement: Decodable, Hashable, Sendable {
        struct WorkCommand: Decodable, Hashable, Sendable {
            var WorkType: String
            var Secure: Bool
        }

        var NodeID: String
        var Service: String
        var ConnType: Int
        var Tags: [String: String]?
        var WorkCommands: [WorkCommand]?
    }

    var NodeID: String
    /// `null` without neighbours.
    var Connections: [Connection]?
    var RoutingTable: [String: String]
    var Advertisements: [Advertisement]?
    var KnownConnectionCosts: [String: [String: Double]]

    /// The cost of each neighbour.
    var neighbours: [String: Double] {
        Dictionary((Connections ?? []).map { ($0.NodeID, $0.Cost) }) { first, _ in first }
    }
}

/// What the `ping` command answers.
struct PingAnswer: Decodable, Sendable {
    var Success: Bool
    var From: String?
    var Time: Int64?
    var TimeStr: String?
    var Error: String?
}
