internal import Glibc

/// Nodes in a row, each linked to the one before it over loopback.
struct NodeRow: Sendable {
    let nodes: [Daemon]

    /// The node that work is submitted to.
    var first: Daemon { nodes[0] }
    /// The node that does it.
    var last: Daemon { nodes[nodes.count - 1] }

    /// User and system time used by all daemons, in seconds.
    var processorSeconds: Double { nodes.reduce(0) { $0 + $1.facts.processorSeconds } }

    private static let patience = 20.0

    /// Starts the nodes in a folder, and waits until the first reaches the last and hears of it.
    ///
    /// - Parameter names: two at least.
    init(_ program: String, folder: String, names: [String], durability: String?) throws {
        var nodes: [Daemon] = []
        do {
            var neighbourPort: Int?
            for name in names {
                let port = try Loopback.freePort()
                let node = NodeConfiguration(
                    nodeID: name,
                    listeningPort: port,
                    neighbourPorts: neighbourPort.map { [$0] } ?? [],
                    durability: durability
                )
                nodes.append(try Daemon(program, folder: "\(folder)/\(name)", node: node))
                // The next one must not find a closed port: it would wait before it dials again.
                _ = try nodes[nodes.count - 1].firstConnection()
                neighbourPort = port
            }
            self.nodes = nodes
            try waitForRoute()
        } catch {
            for node in nodes { node.stop() }
            throw error
        }
    }

    private func waitForRoute() throws {
        let connection = try first.connect()
        let time = Stopwatch()
        while try connection.ping(last.nodeID) == nil {
            guard time.seconds < Self.patience else {
                throw Failure("\(first.nodeID) does not reach \(last.nodeID): \(first.log) \(last.log)")
            }
            usleep(1_000)
        }
    }

    /// Ends all of them.
    func stop() { for node in nodes { node.stop() } }

    /// Submits a unit to the first node for the last one, and waits until the first has all of it.
    ///
    /// - Parameter position: where in the output to read from; nothing is read of what lies before it.
    /// - Returns: the unit on the first node, and how many bytes were read.
    func complete(
        _ type: String,
        from position: Int = 0,
        into buffer: ReadBuffer,
        payload: (FileDescriptor) throws -> Void = { _ in }
    ) throws -> (unit: String, size: Int) {
        let unit = try first.connect().submit(type, to: last.nodeID, payload: payload)
        // As a client that follows its unit does: the connection for the results is opened then.
        return (unit, try first.connect().results(unit, from: position, buffer: buffer.bytes))
    }

    /// Checks that a unit has succeeded with so much output, and releases it.
    func finish(_ unit: String, size: Int) throws {
        let connection = try first.connect()
        let status = try connection.status(unit)
        guard status.state == UnitState.succeeded, status.size == size else {
            throw Failure("a remote unit ended in state \(status.state) with \(status.size) bytes, not \(size)")
        }
        try connection.release(unit)
    }
}
