internal import ControlProtocol
internal import Logging
internal import NIOCore
internal import TaskSupport
internal import Workceptor

/// Connecting through to other services (control-protocol §2).
extension ControlSession {
    /// Connects the client to a service of a node, until both directions have ended.
    func connect(to node: String, _ service: String, tlsClient: String?, early: ByteBuffer) async throws {
        let isOnward = transport.principal.isNode
        if isOnward { try beginOnward(to: node) }
        defer { if isOnward { onwardBudget.give() } }
        let remote: any ControlTransport
        do {
            remote = try await context.node.connect(to: node, service: service, tlsClient: tlsClient)
        } catch {
            throw ControlRefusal("\(error)")
        }
        do {
            if become(.interruptible) { try await pass(through: remote, early) }
        } catch {
            await remote.close()
            throw error
        }
        await remote.close()
    }

    /// A client that came through the mesh can be where it wants to go without this node's help, and each such step of a
    /// chain is one more that all its bytes are encrypted in: there are few, and none back to where the client is.
    private func beginOnward(to node: String) throws(ControlRefusal) {
        if case .mesh(let origin, _) = transport.principal.origin, origin == context.workceptor.nodeID,
            node == context.workceptor.nodeID || node.lowercased() == "localhost"
        {
            throw ControlRefusal("this session comes from node \(context.workceptor.nodeID) itself: use it")
        }
        guard onwardBudget.take() else {
            throw ControlRefusal.forNow(.connections)
        }
    }

    private func pass(through remote: any ControlTransport, _ early: ByteBuffer) async throws {
        logger.info("connected", metadata: ["to": "\(remote.principal)"])
        try await transport.write(ByteBuffer(string: "\(ControlReply.connecting)\n"))
        async let telling: Void = tell(remote, early)
        try await Self.pass(from: remote, to: transport)
        await telling
    }

    /// Passes on what the client says. A service that is gone hears nothing more; what it said before still arrives.
    private func tell(_ remote: any ControlTransport, _ early: ByteBuffer) async {
        let gone = ChangeSignal()
        remote.whenGone { gone.notify() }
        do {
            try await first(
                of: {
                    if early.readableBytes > 0 { try await remote.write(early) }
                    try await Self.pass(from: self.transport, to: remote)
                },
                { await gone.changed(since: 0) }
            )
        } catch {
            logger.debug("the service takes nothing more", metadata: ["reason": "\(error)"])
        }
    }

    private static func pass(from source: any ControlTransport, to target: any ControlTransport) async throws {
        while let part = try await source.read() { try await target.write(part) }
        try await target.finish()
    }
}
