public import Netceptor

/// Shorthands, for names that are right.
extension NodeID: ExpressibleByStringLiteral {
    /// A name that is right.
    public init(stringLiteral value: String) {
        do { try self.init(value) } catch { preconditionFailure("\(error)") }
    }
}

extension ServiceName: ExpressibleByStringLiteral {
    /// A name that is right.
    public init(stringLiteral value: String) {
        do { try self.init(value) } catch { preconditionFailure("\(error)") }
    }
}

extension MeshInstant {
    static func seconds(_ seconds: Double) -> MeshInstant {
        MeshInstant(offset: .nanoseconds(Int64((seconds * 1e9).rounded())))
    }
}

extension MeshTime {
    static func seconds(_ seconds: Double) -> MeshTime {
        MeshTime(instant: .seconds(seconds), unixNanoseconds: 1_795_000_000_000_000_000 + Int64(seconds * 1e9))
    }
}

extension RouteUpdate {
    /// An update of a node that is passed on by itself unless something else is said.
    static func of(
        _ node: NodeID,
        _ connections: [NodeID: Double],
        epoch: UInt64 = 1,
        sequence: UInt64,
        id: String? = nil,
        via forwarder: NodeID? = nil,
        suspecting duplicate: UInt64 = 0
    ) -> RouteUpdate {
        RouteUpdate(
            nodeID: node,
            updateID: id ?? "\(node)-\(epoch)-\(sequence)",
            epoch: epoch,
            sequence: sequence,
            connections: connections,
            forwardingNode: forwarder ?? node,
            suspectedDuplicate: duplicate
        )
    }
}
