import Foundation

/// Several nodes on this machine that are linked over TCP.
///
/// Each node listens for links; who dials whom is what a test says. Nothing but the nodes' own files tells them so.
final class Mesh {
    /// A node as a test describes it.
    struct Member: Sendable {
        let id: String
        /// The nodes that it dials.
        var dials: [String] = []
        var work = ""
        /// More keys of the `node` section.
        var nodeKeys = ""
        /// More sections.
        var sections = ""
        /// More keys of its listener, and of its peer for a node that it dials.
        var listener = ""
        var peer: @Sendable (String) -> String

        init(
            _ id: String,
            dials: [String] = [],
            work: String = "",
            nodeKeys: String = "",
            sections: String = "",
            listener: String = "",
            peer: String = "",
            peerOf: (@Sendable (String) -> String)? = nil
        ) {
            self.id = id
            self.dials = dials
            self.work = work
            self.nodeKeys = nodeKeys
            self.sections = sections
            self.listener = listener
            self.peer = peerOf ?? { _ in peer }
        }
    }

    /// A link that is dialled through a ``Forwarder``.
    struct Wire: Hashable, Sendable {
        let from: String
        let to: String
    }

    let scratch: Scratch
    private(set) var nodes: [String: Node] = [:]
    private(set) var wires: [Wire: Forwarder] = [:]
    private var ports: [String: FreePort] = [:]

    private init(in scratch: Scratch) { self.scratch = scratch }

    subscript(id: String) -> Node {
        get throws {
            guard let node = nodes[id] else { throw Unexpected("there is no node \(id)") }
            return node
        }
    }

    func client(_ id: String) throws -> Client { try self[id].client }

    /// Runs a body with running nodes; afterwards nothing of them is left.
    ///
    /// - Parameters:
    ///   - cuttable: whether each link goes through a forwarder.
    ///   - rate: bytes a second that each forwarder passes on in each direction, if that is limited.
    ///   - isStarted: whether the nodes are started, in the order given, and know routes to each other when the body
    ///     begins.
    static func with(
        _ members: [Member],
        in given: Scratch? = nil,
        cuttable: Bool = false,
        rate: Int? = nil,
        isStarted: Bool = true,
        _ body: (Mesh) throws -> Void
    ) throws {
        let scratch = try given ?? Scratch()
        let mesh = Mesh(in: scratch)
        do {
            for member in members { mesh.ports[member.id] = try FreePort() }
            for member in members { try mesh.add(member, cuttable: cuttable, rate: rate) }
            if isStarted {
                for member in members { try mesh[member.id].start() }
                try mesh.awaitRoutes()
            }
            try body(mesh)
            mesh.remove()
        } catch {
            mesh.remove(afterError: true)
            throw error
        }
    }

    /// The port at which a node listens for links.
    func port(of id: String) throws -> UInt16 {
        guard let port = ports[id] else { throw Unexpected("there is no node \(id)") }
        return port.number
    }

    private func add(_ member: Member, cuttable: Bool, rate: Int?) throws {
        func keys(_ text: String) -> String { text.split(separator: "\n").map { "\n    \($0)" }.joined() }
        var sections = """
            tcp-listeners:
              - port: \(try port(of: member.id))
                bindaddr: 127.0.0.1\(keys(member.listener))

            """
        if !member.dials.isEmpty { sections += "tcp-peers:\n" }
        for target in member.dials {
            var port = try port(of: target)
            if cuttable {
                let forwarder = try Forwarder(to: port, rate: rate)
                wires[Wire(from: member.id, to: target)] = forwarder
                port = forwarder.port
            }
            sections += "  - address: 127.0.0.1:\(port)\(keys(member.peer(target)))\n"
        }
        let file = NodeFile(
            id: member.id,
            work: member.work.replacing("SCRATCH", with: scratch.path),
            nodeKeys: member.nodeKeys,
            sections: sections + member.sections
        )
        nodes[member.id] = try Node(file, in: Scratch(member.id, in: scratch))
    }

    // MARK: Waiting

    /// Waits until each of these nodes, or of all, has a route to each other one.
    func awaitRoutes(among given: [String]? = nil, _ seconds: Double = patience) throws {
        let ids = Set(given ?? Array(nodes.keys))
        for id in ids {
            let client = try client(id)
            let isThere = try settles(seconds) {
                try ids.subtracting([id]).isSubset(of: client.meshStatus().RoutingTable.keys)
            }
            guard isThere else {
                throw TimedOut(awaited: "routes of \(id): \(try client.meshStatus().RoutingTable)")
            }
        }
    }

    // MARK: Afterwards

    private func remove(afterError: Bool = false) {
        for forwarder in wires.values { forwarder.stop() }
        for node in nodes.values { node.remove(afterError: afterError) }
        scratch.finish(afterError: afterError)
    }
}
