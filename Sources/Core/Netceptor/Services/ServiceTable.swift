internal import TimeFormats

/// The services of this node and those that other nodes advertise (mesh-protocol §3.4).
public struct ServiceTable: Sendable {
    private struct Entry {
        var advertisement: ServiceAdvertisement
        /// The message as it came, which is what is passed on.
        var message: [UInt8]
        /// When it came, or when a route last led to its node.
        var lastSeen: MeshInstant
    }

    private let ownID: NodeID
    private let timings: MeshTimings
    private let maximumBytes: Int
    private var local: [ServiceName: LocalService] = [:]
    private var remote: [NodeID: [ServiceName: Entry]] = [:]
    /// The bytes of all messages that are kept.
    private(set) var storedBytes = 0
    /// The types of work that control services of this node tell of.
    private var workCommands: [WorkCommand] = []
    /// When this node's services have to be advertised next.
    public private(set) var nextAdvertisement: MeshInstant
    private var lastAdvertisement: MeshInstant?
    /// What an entry takes beside its message, roughly.
    private static let entryOverhead = 256

    /// A table without services.
    public init(
        ownID: NodeID,
        timings: MeshTimings = MeshTimings(),
        at now: MeshInstant,
        maximumBytes: Int = MeshLimits.advertisementBytes
    ) {
        self.ownID = ownID
        self.timings = timings
        self.maximumBytes = maximumBytes
        nextAdvertisement = now.advanced(by: timings.advertisementInterval)
    }

    // MARK: This node's services

    /// Whether anyone on this node listens on the service.
    public func isListening(on service: ServiceName) -> Bool { local[service] != nil }

    /// Adds a service of this node; if it is advertised, then soon.
    ///
    /// - Throws: ``MeshError/Code/serviceInUse``.
    public mutating func register(_ service: LocalService, at now: MeshInstant) throws(MeshError) {
        guard !service.name.isReserved, local[service.name] == nil else {
            throw MeshError(.serviceInUse, "service \(service.name) is in use on this node")
        }
        local[service.name] = service
        if service.advertisement != nil { advertiseSoon(at: now) }
    }

    /// Adds a service of this node that others are not told of.
    mutating func registerUnadvertised(_ name: ServiceName) { local[name] = LocalService(name: name) }

    /// Removes a service of this node.
    ///
    /// - Returns: what others have to be told, if the service was advertised.
    public mutating func unregister(_ name: ServiceName, at now: MeshTime) -> ServiceAdvertisement? {
        guard let advertisement = local.removeValue(forKey: name)?.advertisement else { return nil }
        return ServiceAdvertisement(
            nodeID: ownID,
            service: name,
            time: Timestamp(unixNanoseconds: now.unixNanoseconds),
            connectionType: advertisement.connectionType,
            isCancelled: true
        )
    }

    /// Says what types of work this node takes. `remote` is never told of.
    public mutating func setWorkCommands(_ commands: [WorkCommand], at now: MeshInstant) {
        let told = commands.filter { $0.workType != "remote" }
        guard told != workCommands else { return }
        workCommands = told
        if local.values.contains(where: { $0.advertisement?.isControlService == true }) { advertiseSoon(at: now) }
    }

    private mutating func advertiseSoon(at now: MeshInstant) {
        nextAdvertisement = min(nextAdvertisement, now.advanced(by: timings.advertisementDelay))
    }

    /// Has this node's services advertised again before long, as a node came that may not know of them.
    ///
    /// All nodes that come within the delay are told by one round, and rounds for new nodes keep a distance.
    ///
    /// - Parameters:
    ///   - nodeCount: how many nodes are known.
    ///   - random: a number from 0 to 1: nodes that hear of a new one together must not all speak together.
    mutating func advertiseToNewNode(nodeCount: Int, random: Double, at now: MeshInstant) {
        guard local.values.contains(where: { $0.advertisement != nil }) else { return }
        let spread = timings.newNodeAdvertisementSpread + timings.newNodeAdvertisementSpreadOfNode * nodeCount
        let delay = timings.newNodeAdvertisementDelay + spread * min(max(random, 0), 1)
        let interval = timings.newNodeAdvertisementInterval + spread
        let due = now.advanced(by: delay)
        let allowed = lastAdvertisement.map { max(due, $0.advanced(by: interval)) } ?? due
        nextAdvertisement = min(nextAdvertisement, allowed)
    }

    /// The advertisements of this node's services as of now.
    public func ownAdvertisements(at now: MeshTime) -> [ServiceAdvertisement] {
        local.values.sorted { $0.name < $1.name }.compactMap { service in
            guard let advertisement = service.advertisement else { return nil }
            let tellsWork = advertisement.isControlService && !workCommands.isEmpty
            return ServiceAdvertisement(
                nodeID: ownID,
                service: service.name,
                time: Timestamp(unixNanoseconds: now.unixNanoseconds),
                connectionType: advertisement.connectionType,
                tags: advertisement.tags,
                workCommands: tellsWork ? workCommands : nil
            )
        }
    }

    /// What has to be sent to all neighbours, when it is time; the next time is set.
    public mutating func dueAdvertisements(at now: MeshTime) -> [ServiceAdvertisement] {
        guard nextAdvertisement <= now.instant else { return [] }
        lastAdvertisement = now.instant
        nextAdvertisement = now.instant.advanced(by: timings.advertisementInterval)
        return ownAdvertisements(at: now)
    }

    // MARK: Services of others

    /// Takes in an advertisement.
    ///
    /// - Parameter message: the advertisement as it came.
    /// - Returns: whether it is news, to be passed on to all neighbours but the one that sent it.
    public mutating func receive(
        _ advertisement: ServiceAdvertisement,
        message: [UInt8],
        at now: MeshInstant,
        isReachable: (NodeID) -> Bool
    ) -> Bool {
        let node = advertisement.nodeID
        // This node knows its services itself: this is its own word that came back.
        guard node != ownID else { return false }
        let known = remote[node]?[advertisement.service]
        if let known, advertisement.time <= known.advertisement.time { return false }
        let size = message.count + Self.entryOverhead
        let oldSize = known.map { $0.message.count + Self.entryOverhead } ?? 0
        guard known != nil || (remote[node]?.count ?? 0) < MeshLimits.servicesOfNode else { return false }
        if storedBytes - oldSize + size > maximumBytes {
            makeRoom(for: size, isReachable: isReachable)
            guard storedBytes + size <= maximumBytes else { return false }
        }
        remove(advertisement.service, of: node)
        storedBytes += size
        remote[node, default: [:]][advertisement.service] = Entry(
            advertisement: advertisement,
            message: message,
            lastSeen: now
        )
        return true
    }

    private mutating func remove(_ service: ServiceName, of node: NodeID) {
        guard let entry = remote[node]?.removeValue(forKey: service) else { return }
        storedBytes -= entry.message.count + Self.entryOverhead
        if remote[node]?.isEmpty == true { remote[node] = nil }
    }

    /// Forgets what was advertised by nodes that no route leads to, the oldest first.
    private mutating func makeRoom(for size: Int, isReachable: (NodeID) -> Bool) {
        let candidates = entries.filter { !isReachable($0.node) }.sorted { $0.entry.lastSeen < $1.entry.lastSeen }
        // A quarter at once, so that not every message costs a search.
        let target = max(0, min(maximumBytes * 3 / 4, maximumBytes - size))
        for candidate in candidates where storedBytes > target {
            remove(candidate.entry.advertisement.service, of: candidate.node)
        }
    }

    private var entries: [(node: NodeID, entry: Entry)] {
        remote.flatMap { node, services in services.values.map { (node, $0) } }
    }

    /// Forgets cancelled services after a while, and all services of nodes that have been out of reach for as long.
    public mutating func expire(at now: MeshInstant, isReachable: (NodeID) -> Bool) {
        for (node, entry) in entries {
            let service = entry.advertisement.service
            if isReachable(node), !entry.advertisement.isCancelled {
                remote[node]?[service]?.lastSeen = now
            } else if entry.lastSeen.duration(to: now) >= timings.advertisementLifetime {
                remove(service, of: node)
            }
        }
    }

    /// The messages that tell a new neighbour of the services of all other nodes.
    func messagesForNewNeighbour(_ neighbour: NodeID) -> [[UInt8]] {
        entries.filter { $0.node != neighbour && !$0.entry.advertisement.isCancelled }
            .sorted { ($0.node, $0.entry.advertisement.service) < ($1.node, $1.entry.advertisement.service) }
            .map(\.entry.message)
    }

    // MARK: Looking services up

    /// The advertisement of a service of another node.
    public subscript(node: NodeID, service: ServiceName) -> ServiceAdvertisement? {
        guard let advertisement = remote[node]?[service]?.advertisement, !advertisement.isCancelled else { return nil }
        return advertisement
    }

    /// All advertisements, of this node's services as of now, by node and service.
    public func advertisements(at now: MeshTime) -> [ServiceAdvertisement] {
        let others = entries.map(\.entry.advertisement).filter { !$0.isCancelled }
        return (ownAdvertisements(at: now) + others).sorted { ($0.nodeID, $0.service) < ($1.nodeID, $1.service) }
    }
}
