/// Where a datagram comes from and goes to, in names.
public struct Envelope: Sendable, Hashable {
    /// How many times it may be forwarded yet.
    public var hopsToLive: UInt8
    /// The node that sent it.
    public var source: NodeID
    /// The node that it is for.
    public var destination: NodeID
    /// The service that sent it.
    public var sourceService: ServiceName
    /// The service that it is for.
    public var destinationService: ServiceName

    /// An envelope of a datagram that makes as many hops as it may, unless fewer are given.
    public init(
        hopsToLive: UInt8 = MeshLimits.hops,
        source: NodeID,
        destination: NodeID,
        sourceService: ServiceName,
        destinationService: ServiceName
    ) {
        self.hopsToLive = hopsToLive
        self.source = source
        self.destination = destination
        self.sourceService = sourceService
        self.destinationService = destinationService
    }

    /// Looks up the names that a header's hashes stand for.
    ///
    /// - Throws: ``MeshError/Code/unknownNode``.
    public init(_ header: DataHeader, names: NameTable) throws(MeshError) {
        guard let source = names[header.source], let destination = names[header.destination] else {
            throw MeshError(
                .unknownNode,
                "a message from \(header.source) to \(header.destination), which are not both known"
            )
        }
        self.init(
            hopsToLive: header.hopsToLive,
            source: source,
            destination: destination,
            sourceService: header.sourceService,
            destinationService: header.destinationService
        )
    }

    /// The header that says the same.
    public var header: DataHeader {
        DataHeader(
            hopsToLive: hopsToLive,
            source: source.nodeHash,
            destination: destination.nodeHash,
            sourceService: sourceService,
            destinationService: destinationService
        )
    }

    /// What the sender is told when it cannot be delivered.
    func unreachable(_ problem: UnreachableProblem) -> UnreachableMessage {
        UnreachableMessage(
            fromNode: source,
            toNode: destination,
            fromService: sourceService,
            toService: destinationService,
            problem: problem
        )
    }
}
