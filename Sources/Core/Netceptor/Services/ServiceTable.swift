internal import TimeFormats

/// The services of this node and those that other nodes advertise (mesh-protocol §3.4).
public struct ServiceTable: Sendable {
    /// An advertisement: the message tells all of it, and is what is passed on.
    private struct Entry {
        var node: NodeID
        var service: ServiceName
        /// The message up to its time.
        var head: [UInt8]
        /// The rest, which is the same for most nodes: they share the memory.
        var tail: [UInt8]
        /// When the node said it.
        var seconds: Int64
        var nanoseconds: Int32
        /// The neighbour that sent it.
        var peer: NodeID
        /// The place of another service of the node; -1 after the last one.
        var next: Int32 = -1
        /// When it came, or when a route last led to its node.
        var lastSeen: MeshInstant
        var isCancelled: Bool
        /// Whether the place is in use.
        var isKept = true

        var message: [UInt8] { head + tail }

        var messageSize: Int { head.count + tail.count }
        /// What it takes, roughly.
        var size: Int { messageSize + ServiceTable.entryOverhead }

        /// Whether a message is the same.
        func isKept(of message: [UInt8]) -> Bool {
            message.count == messageSize && message.starts(with: head) && message[head.count...].elementsEqual(tail)
        }

        /// What the message says: it could be read when it came.
        var advertisement: ServiceAdvertisement? {
            do throws(MeshError) {
                guard case .serviceAdvertisement(let advertisement) = try MeshMessage(decoding: message) else {
                    return nil
                }
                return advertisement
            } catch {
                return nil
            }
        }

        func isOlder(than time: Timestamp) -> Bool {
            (seconds, nanoseconds) < (time.seconds, time.nanoseconds)
        }
    }

    private let ownID: NodeID
    private let timings: MeshTimings
    private let maximumBytes: Int
    private var local: [ServiceName: LocalService] = [:]
    /// The services of other nodes, each at a place of its own.
    private var entries: [Entry] = []
    private var freePlaces: [Int32] = []
    /// The ends of messages that came lately, so that those of several nodes are kept once.
    private var tails: Set<[UInt8]> = []
    /// The place of one service of each node by the bytes of its name; the others follow it.
    private var table = IndexTable()
    /// The bytes of all messages that are kept.
    private(set) var storedBytes = 0
    /// Those that each neighbour sent.
    private var bytesByPeer: [NodeID: Int] = [:]
    /// When unreachable nodes are looked for again where there is no room.
    private var nextSearch: MeshInstant
    /// The types of work that control services of this node tell of.
    private var workCommands: [WorkCommand] = []
    /// When this node's services have to be advertised next.
    public private(set) var nextAdvertisement: MeshInstant
    private var lastAdvertisement: MeshInstant?
    /// What an entry takes beside its message, roughly.
    private static let entryOverhead = 256
    /// How an advertisement begins, as Receptor and this program write it.
    private static let beforeNode = [MessageType.serviceAdvertisement.rawValue] + Array("{\"NodeID\":\"".utf8)

    private static let afterTime = Array(",\"ConnType\":".utf8)
    private static let greatestSharedTail = 1_024
    private static let sharedTails = 64

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
        nextSearch = now
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
    /// Whoever is in the mesh may say what it likes in the name of any node, and there is no end of names. So where there
    /// is no room, what came over the way to the node that it is about goes before what came over others, and what came
    /// from a neighbour that sent less before what came from one that sent more.
    ///
    /// - Parameters:
    ///   - message: the advertisement as it came.
    ///   - peer: the neighbour that sent it.
    ///   - nextHop: the neighbour on the way to a node; `nil` when no route leads to it.
    /// - Returns: whether it is news, to be passed on to all neighbours but the one that sent it.
    public mutating func receive(
        _ advertisement: ServiceAdvertisement,
        message: [UInt8],
        from peer: NodeID,
        at now: MeshInstant,
        nextHop: (NodeID) -> NodeID?
    ) -> Bool {
        let node = advertisement.nodeID
        // This node knows its services itself: this is its own word that came back.
        guard node != ownID else { return false }
        let known = place(of: advertisement.service, on: node)
        if let known, !entries[known].isOlder(than: advertisement.time) { return false }
        // What is not kept is not passed on either: it could come again and again.
        guard makeRoom(for: advertisement, of: message.count, from: peer, at: now, nextHop: nextHop) else {
            return false
        }
        let headEnd = Self.endOfTime(in: message)
        let entry = Entry(
            node: node,
            service: advertisement.service,
            head: Array(message[..<headEnd]),
            tail: shared(Array(message[headEnd...])),
            seconds: advertisement.time.seconds,
            nanoseconds: advertisement.time.nanoseconds,
            peer: peer,
            lastSeen: now,
            isCancelled: advertisement.isCancelled
        )
        // Making room may have taken what was known.
        if let place = place(of: entry.service, on: node) { remove(place) }
        add(entry)
        return true
    }

    /// Believes the next advertisements of a node whatever their time: it was started again, and its clock may have been
    /// set back meanwhile.
    mutating func nodeRestarted(_ node: NodeID) {
        var place = firstPlace(of: node)
        while let found = place {
            (entries[found].seconds, entries[found].nanoseconds) = (.min, 0)
            place = next(after: found)
        }
    }

    /// The node of an advertisement that is kept as it came: nearly all come again from other neighbours.
    func node(ofRepeated message: [UInt8]) -> NodeID? {
        guard message.starts(with: Self.beforeNode),
            let end = message[Self.beforeNode.count...].firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        let name = message[Self.beforeNode.count..<end]
        let hash = TableHash.of(name.span.bytes)
        var next = table.find(hash) { entries[$0].node.name.utf8.elementsEqual(name) }
        while let place = next {
            if entries[place].isKept(of: message) { return entries[place].node }
            next = self.next(after: place)
        }
        return nil
    }

    /// Where what follows the time begins in a message as Receptor and this program write it, if it is one.
    private static func endOfTime(in message: [UInt8]) -> Int {
        var start = message.startIndex
        while let comma = message[start...].firstIndex(of: UInt8(ascii: ",")) {
            if message[comma...].starts(with: afterTime) { return comma }
            start = comma + 1
        }
        return message.endIndex
    }

    /// The same bytes as another entry has them, if any has. What is not is bounded with the messages.
    private mutating func shared(_ tail: [UInt8]) -> [UInt8] {
        guard tail.count <= Self.greatestSharedTail else { return tail }
        if tails.count < Self.sharedTails { return tails.insert(tail).memberAfterInsert }
        return tails.firstIndex(of: tail).map { tails[$0] } ?? tail
    }

    // MARK: Places

    private func firstPlace(of node: NodeID) -> Int? {
        table.find(TableHash.of(node.name)) { entries[$0].node == node }
    }

    private func next(after place: Int) -> Int? { entries[place].next < 0 ? nil : Int(entries[place].next) }

    private func place(of service: ServiceName, on node: NodeID) -> Int? {
        var place = firstPlace(of: node)
        while let found = place, entries[found].service != service { place = next(after: found) }
        return place
    }

    private func serviceCount(of node: NodeID) -> Int {
        var count = 0
        var place = firstPlace(of: node)
        while let found = place {
            count += 1
            place = next(after: found)
        }
        return count
    }

    private mutating func add(_ entry: Entry) {
        storedBytes += entry.size
        bytesByPeer[entry.peer, default: 0] += entry.size
        let place: Int
        if let free = freePlaces.popLast() {
            place = Int(free)
            entries[place] = entry
        } else {
            place = entries.count
            entries.append(entry)
        }
        if let first = firstPlace(of: entry.node) {
            entries[place].next = entries[first].next
            entries[first].next = Int32(place)
        } else {
            table.insert(place, hash: TableHash.of(entry.node.name))
        }
    }

    private mutating func remove(_ place: Int) {
        let entry = entries[place]
        storedBytes -= entry.size
        let left = bytesByPeer[entry.peer, default: 0] - entry.size
        bytesByPeer[entry.peer] = left > 0 ? left : nil
        entries[place].isKept = false
        entries[place].head = []
        entries[place].tail = []
        freePlaces.append(Int32(place))
        let hash = TableHash.of(entry.node.name)
        guard var before = firstPlace(of: entry.node) else { return }
        if before == place {
            guard let next = next(after: place) else {
                table.remove(place, hash: hash)
                return
            }
            table.replace(place, with: next, hash: hash)
            return
        }
        while let next = next(after: before), next != place { before = next }
        entries[before].next = entry.next
    }

    // MARK: Room

    private mutating func makeRoom(
        for advertisement: ServiceAdvertisement,
        of messageSize: Int,
        from peer: NodeID,
        at now: MeshInstant,
        nextHop: (NodeID) -> NodeID?
    ) -> Bool {
        let node = advertisement.nodeID
        let isOnItsWay = nextHop(node) == peer
        var known: Int? { place(of: advertisement.service, on: node) }
        if known == nil, serviceCount(of: node) >= MeshLimits.servicesOfNode {
            guard isOnItsWay, let other = placeOfOther(than: peer, on: node) else { return false }
            remove(other)
        }
        let size = messageSize + Self.entryOverhead
        var excess: Int { storedBytes + size - (known.map { entries[$0].size } ?? 0) - maximumBytes }
        guard excess > 0 else { return true }
        if nextSearch <= now {
            // A quarter at once, and not soon again, so that not every message costs a search.
            forget(max(excess, storedBytes - maximumBytes * 3 / 4)) { nextHop($0.node) == nil }
            nextSearch = now.advanced(by: .seconds(1))
            guard excess > 0 else { return true }
        }
        guard isOnItsWay else { return false }
        let (greatest, bytes) = bytesByPeer.max { ($0.value, $0.key) < ($1.value, $1.key) } ?? (peer, 0)
        guard bytesByPeer[peer, default: 0] + size < bytes else { return false }
        forget(max(excess, bytes / 4)) { $0.peer == greatest }
        return excess <= 0
    }

    /// The place of a service of a node that another neighbour told of.
    private func placeOfOther(than peer: NodeID, on node: NodeID) -> Int? {
        var place = firstPlace(of: node)
        while let found = place, entries[found].peer == peer { place = next(after: found) }
        return place
    }

    /// Forgets so many bytes of entries, if there are, the oldest first.
    private mutating func forget(_ bytes: Int, where isCandidate: (Entry) -> Bool) {
        let target = storedBytes - bytes
        let candidates = entries.indices.filter { entries[$0].isKept && isCandidate(entries[$0]) }
            .sorted { entries[$0].lastSeen < entries[$1].lastSeen }
        for candidate in candidates where storedBytes > target { remove(candidate) }
    }

    // MARK: Time

    /// Forgets cancelled services after a while, and all services of nodes that have been out of reach for as long.
    public mutating func expire(at now: MeshInstant, isReachable: (NodeID) -> Bool) {
        tails = []
        for place in entries.indices where entries[place].isKept {
            if !entries[place].isCancelled, isReachable(entries[place].node) {
                entries[place].lastSeen = now
            } else if entries[place].lastSeen.duration(to: now) >= timings.advertisementLifetime {
                remove(place)
            }
        }
    }

    /// The messages that tell a new neighbour of the services of all other nodes.
    func messagesForNewNeighbour(_ neighbour: NodeID) -> [[UInt8]] {
        entries.filter { $0.isKept && $0.node != neighbour && !$0.isCancelled }
            .sorted { ($0.node, $0.service) < ($1.node, $1.service) }
            .map(\.message)
    }

    // MARK: Looking services up

    /// The advertisement of a service of another node.
    public subscript(node: NodeID, service: ServiceName) -> ServiceAdvertisement? {
        guard let place = place(of: service, on: node), !entries[place].isCancelled else { return nil }
        return entries[place].advertisement
    }

    /// All advertisements, of this node's services as of now, by node and service.
    public func advertisements(at now: MeshTime) -> [ServiceAdvertisement] {
        let others = entries.filter { $0.isKept && !$0.isCancelled }.compactMap(\.advertisement)
        return (ownAdvertisements(at: now) + others).sorted { ($0.nodeID, $0.service) < ($1.nodeID, $1.service) }
    }
}
