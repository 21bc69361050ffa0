internal import Mesh

/// Replaces the sources of links of a running node: all of them, or none.
struct LinkChange {
    /// Why nothing was changed.
    struct Failure: Error {
        /// What could not be listened at.
        let source: LinkSource
        /// Why, in one phrase.
        let reason: String
        /// Sources that were closed on the way and could not be opened again.
        let lost: Set<LinkSource>
    }

    private let removed: Set<LinkSource>
    private let peers: Set<LinkSource>
    /// Listeners whose port is free as far as this node knows.
    private let listeners: Set<LinkSource>
    /// Listeners at a port that this node listens at now: the old one has to go first.
    private let successors: Set<LinkSource>
    private let predecessors: Set<LinkSource>

    init(from old: Set<LinkSource>, to new: Set<LinkSource>) {
        removed = old.subtracting(new)
        let added = new.subtracting(old)
        peers = added.filter { $0.listeningPort == nil }
        let opened = added.subtracting(peers)
        let ports = Set(removed.compactMap(\.listeningPort)).subtracting([0])
        successors = opened.filter { $0.listeningPort.map(ports.contains) ?? false }
        listeners = opened.subtracting(successors)
        let claimed = Set(successors.compactMap(\.listeningPort))
        predecessors = removed.filter { $0.listeningPort.map(claimed.contains) ?? false }
    }

    /// Makes the change. Links are cut only when every new address that can be tried without that is open.
    func apply(to mesh: MeshNode) async throws(Failure) {
        var opened: [LinkSource] = []
        for source in listeners {
            if let error = await Self.add(source, to: mesh) {
                await Self.remove(opened, from: mesh)
                throw Failure(source: source, reason: error, lost: [])
            }
            opened.append(source)
        }
        await Self.remove(predecessors, from: mesh)
        for source in successors {
            if let error = await Self.add(source, to: mesh) {
                await Self.remove(opened, from: mesh)
                var lost: Set<LinkSource> = []
                for source in predecessors where await Self.add(source, to: mesh) != nil { lost.insert(source) }
                throw Failure(source: source, reason: error, lost: lost)
            }
            opened.append(source)
        }
        await Self.remove(removed.subtracting(predecessors), from: mesh)
        // A neighbour that cannot be reached is dialled again: this does not fail.
        for source in peers { _ = await Self.add(source, to: mesh) }
    }

    private static func remove(_ sources: some Sequence<LinkSource>, from mesh: MeshNode) async {
        for source in sources { await mesh.remove(source) }
    }

    /// - Returns: why it cannot be done.
    private static func add(_ source: LinkSource, to mesh: MeshNode) async -> String? {
        do {
            try await mesh.add(source)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension LinkSource {
    /// The port that is listened at; `nil` for a peer.
    fileprivate var listeningPort: Int? {
        guard case .tcpListener(_, let port, _) = self else { return nil }
        return port
    }
}
