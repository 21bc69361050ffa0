public import JSON
internal import LinuxSystem

/// The mesh as a node without links sees it: the node itself and nothing else.
public struct IsolatedNode: Sendable {
    private let nodeID: String

    /// Creates one from its parts.
    public init(nodeID: String) { self.nodeID = nodeID }

    /// The mesh's part of the `status` reply.
    public func meshStatus(services: [JSONValue]) -> JSONObject {
        [
            "Advertisements": .array(services), "Connections": nil, "KnownConnectionCosts": [:], "RoutingTable": [:],
        ]
    }

    /// Answers a ping of the node itself.
    ///
    /// - Throws: ``ControlNodeError/noRoute`` for every other.
    public func ping(_ target: String) throws(ControlNodeError) -> (from: String, nanoseconds: Int64) {
        let clock = ContinuousClock()
        let start = clock.now
        guard target == nodeID || target.lowercased() == "localhost" else { throw .noRoute }
        return (nodeID, max(1, Int64((clock.now - start) / .nanoseconds(1))))
    }

    /// The way to the node itself has one step.
    public func traceroute(_ target: String) -> [(from: String, nanoseconds: Int64, error: String?)] {
        do {
            let (from, nanoseconds) = try ping(target)
            return [(from, nanoseconds, nil)]
        } catch {
            return [(nodeID, 0, error.description)]
        }
    }
}
