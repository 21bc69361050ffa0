/// Pings (mesh-protocol §6). A traceroute is a row of pings with 0, 1, 2 … hops to live.
extension NodeState {
    /// Pings a node: its end comes as ``MeshEffect/pingEnded(_:_:)``, perhaps among these effects already.
    ///
    /// - Parameter hopsToLive: how many times the ping may be forwarded.
    public mutating func startPing(
        _ target: NodeID,
        hopsToLive: UInt8 = MeshLimits.hops,
        at now: MeshTime
    ) -> (ping: PingID, effects: [MeshEffect]) {
        let id = PingID(rawValue: newNumber())
        let service = freeServiceName()
        pings[service] = Ping(
            id: id,
            started: now.instant,
            deadline: now.instant.advanced(by: timings.pingTimeout)
        )
        do throws(MeshError) {
            return (id, try send([], from: service, to: target, service: .ping, hopsToLive: hopsToLive, at: now))
        } catch {
            endPing(service, .failed(error))
            return (id, takeEffects())
        }
    }

    /// Gives a ping up.
    public mutating func cancelPing(_ id: PingID) { pings = pings.filter { $0.value.id != id } }

    mutating func tickPings(at now: MeshTime) {
        let due = pings.filter { $0.value.deadline <= now.instant }
        for (service, ping) in due.sorted(by: { $0.value.id.rawValue < $1.value.id.rawValue }) {
            endPing(service, .timedOut(after: ping.started.duration(to: now.instant)))
        }
    }

    mutating func endPing(_ reply: Envelope, at now: MeshTime) {
        guard let ping = pings[reply.destinationService], reply.sourceService == .ping else { return }
        endPing(reply.destinationService, .reply(from: reply.source, after: ping.started.duration(to: now.instant)))
    }

    mutating func endPing(_ notice: UnreachableNotice, at now: MeshTime) {
        let service = notice.message.fromService
        guard let ping = pings[service], notice.message.toService == .ping else { return }
        let time = ping.started.duration(to: now.instant)
        endPing(service, .unreachable(from: notice.reportedBy, notice.message.problem, after: time))
    }

    private mutating func endPing(_ service: ServiceName, _ outcome: PingOutcome) {
        guard let ping = pings.removeValue(forKey: service) else { return }
        effects.append(.pingEnded(ping.id, outcome))
    }
}
