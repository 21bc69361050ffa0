/// Datagrams and the services that they are for (mesh-protocol §3.1).
extension NodeState {
    // MARK: Services

    /// Adds a service that listens on this node.
    ///
    /// - Throws: ``MeshError/Code/serviceInUse``.
    public mutating func registerService(_ service: LocalService, at now: MeshTime) throws(MeshError) {
        guard pings[service.name] == nil else {
            throw MeshError(.serviceInUse, "service \(service.name) is in use on this node")
        }
        try services.register(service, at: now.instant)
    }

    /// Adds a service with a random name, for one conversation.
    public mutating func registerEphemeralService() -> ServiceName {
        let name = freeServiceName()
        services.registerUnadvertised(name)
        return name
    }

    /// A random name that nobody on this node listens on.
    mutating func freeServiceName() -> ServiceName {
        while true {
            let name = ServiceName.ephemeral(using: &generator)
            if !isListening(on: name) { return name }
        }
    }

    private func isListening(on service: ServiceName) -> Bool {
        services.isListening(on: service) || pings[service] != nil
    }

    /// Removes a service of this node; others are told if it was advertised.
    public mutating func unregisterService(_ name: ServiceName, at now: MeshTime) -> [MeshEffect] {
        if let cancellation = services.unregister(name, at: now), !isShutDown {
            flood(MeshMessage.serviceAdvertisement(cancellation).encoded)
        }
        return takeEffects()
    }

    /// Says what types of work control services of this node tell of (§3.4).
    public mutating func setWorkCommands(_ commands: [WorkCommand], at now: MeshTime) {
        services.setWorkCommands(commands, at: now.instant)
    }

    // MARK: Sending

    /// Sends a datagram from a service of this node.
    ///
    /// - Parameters:
    ///   - payload: at most ``MeshLimits/payload`` bytes.
    ///   - hopsToLive: how many times it may be forwarded.
    /// - Throws: ``MeshError`` when it is known at once that it will not arrive. What is only known later comes as
    ///   ``MeshEffect/unreachable(_:)``.
    public mutating func send(
        _ payload: ArraySlice<UInt8>,
        from sourceService: ServiceName,
        to destination: NodeID,
        service: ServiceName,
        hopsToLive: UInt8 = MeshLimits.hops,
        at now: MeshTime
    ) throws(MeshError) -> [MeshEffect] {
        guard !isShutDown else { throw .shutDown }
        guard payload.count <= MeshLimits.payload else {
            throw MeshError(
                .messageTooLong,
                "a datagram has at most \(MeshLimits.payload) bytes, this one has \(payload.count)"
            )
        }
        let envelope = Envelope(
            hopsToLive: hopsToLive,
            source: nodeID,
            destination: destination,
            sourceService: sourceService,
            destinationService: service
        )
        names.hear(destination)
        try dispatch(Datagram(envelope: envelope, payload: payload), at: now)
        return takeEffects()
    }

    // MARK: Receiving

    /// Decides about a data message from its header alone; see ``ForwardingDecision``.
    public mutating func decide(
        _ header: DataHeader,
        on link: LinkID,
        at now: MeshTime
    ) -> ForwardingDecision {
        guard !isShutDown, links[link]?.peer != nil else { return .receive }
        guard let source = names[header.source], let destination = names[header.destination] else { return .receive }
        let envelope = Envelope(
            hopsToLive: header.hopsToLive,
            source: source,
            destination: destination,
            sourceService: header.sourceService,
            destinationService: header.destinationService
        )
        switch decision(for: envelope) {
        case .forward(let next, let hopsToLive):
            guard let outgoing = linkOfPeer[next] else { return .receive }
            links[link]?.lastReceived = now.instant
            return .forward(over: outgoing, hopsToLive: hopsToLive)
        case .deliver where pings[header.destinationService] == nil:
            links[link]?.lastReceived = now.instant
            return .deliver(envelope)
        default:
            return .receive
        }
    }

    /// Decides about a datagram of this node from its envelope alone, for those who would rather not copy the payload.
    ///
    /// - Returns: ``ForwardingDecision/receive`` for anything but the two usual ways: give the datagram to
    ///   ``send(_:from:to:service:hopsToLive:at:)`` then.
    public func decide(sending envelope: Envelope) -> ForwardingDecision {
        guard !isShutDown else { return .receive }
        switch decision(for: envelope) {
        case .forward(let next, let hopsToLive):
            guard let link = linkOfPeer[next] else { return .receive }
            return .forward(over: link, hopsToLive: hopsToLive)
        case .deliver where pings[envelope.destinationService] == nil: return .deliver(envelope)
        default: return .receive
        }
    }

    mutating func receive(_ message: DataMessage, on link: LinkID, at now: MeshTime) {
        do throws(MeshError) {
            let envelope = try Envelope(message.header, names: names)
            try dispatch(Datagram(envelope: envelope, payload: message.payload), at: now)
        } catch {
            complain(error.message, about: link)
        }
    }

    private func decision(for envelope: Envelope) -> DeliveryDecision {
        delivery.decide(envelope, isListening: { isListening(on: $0) }, nextHop: { routes[$0]?.nextHop })
    }

    private mutating func dispatch(_ datagram: Datagram, at now: MeshTime) throws(MeshError) {
        let envelope = datagram.envelope
        switch decision(for: envelope) {
        case .answerPing: answerPing(envelope, at: now)
        case .noticeUnreachable: try notice(datagram, at: now)
        case .deliver: deliver(datagram, at: now)
        case .forward(let next, let hopsToLive): try forward(datagram, via: next, hopsToLive: hopsToLive)
        case .refuse(let problem): refuse(envelope, problem, at: now)
        case .discard: break
        case .fail(let error): throw error
        }
    }

    private mutating func deliver(_ datagram: Datagram, at now: MeshTime) {
        let envelope = datagram.envelope
        guard pings[envelope.destinationService] == nil else {
            endPing(envelope, at: now)
            return
        }
        effects.append(.deliver(datagram))
    }

    private mutating func forward(
        _ datagram: Datagram,
        via next: NodeID,
        hopsToLive: UInt8
    ) throws(MeshError) {
        guard let link = linkOfPeer[next] else { throw .noRoute }
        var header = datagram.envelope.header
        header.hopsToLive = hopsToLive
        let message = MeshMessage.data(DataMessage(header: header, payload: datagram.payload))
        effects.append(.send(message.encoded, over: link))
    }

    private mutating func answerPing(_ envelope: Envelope, at now: MeshTime) {
        // A ping from the service ping would be answered for ever.
        guard envelope.sourceService != .ping else { return }
        reply(to: envelope, from: .ping, service: envelope.sourceService, payload: [], at: now)
    }

    private mutating func refuse(_ envelope: Envelope, _ problem: UnreachableProblem, at now: MeshTime) {
        let payload = envelope.unreachable(problem).encoded
        reply(to: envelope, from: .unreach, service: .unreach, payload: payload[...], at: now)
    }

    private mutating func reply(
        to envelope: Envelope,
        from sourceService: ServiceName,
        service: ServiceName,
        payload: ArraySlice<UInt8>,
        at now: MeshTime
    ) {
        let back = Envelope(
            source: nodeID,
            destination: envelope.source,
            sourceService: sourceService,
            destinationService: service
        )
        do throws(MeshError) {
            try dispatch(Datagram(envelope: back, payload: payload), at: now)
        } catch {
            log(.debug, "no reply to node \(envelope.source): \(error)")
        }
    }

    private mutating func notice(_ datagram: Datagram, at now: MeshTime) throws(MeshError) {
        let message = try UnreachableMessage(decoding: datagram.payload)
        guard message.fromNode == nodeID else { return }
        let notice = UnreachableNotice(message: message, reportedBy: datagram.envelope.source)
        guard pings[message.fromService] == nil else {
            endPing(notice, at: now)
            return
        }
        effects.append(.unreachable(notice))
    }
}
