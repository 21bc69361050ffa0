import Netceptor
import TestSupport

/// A mesh in one thread and in made-up time: nodes, and links between them that take a moment and keep the order.
final class MeshSimulation {
    private struct End: Hashable {
        let node: NodeID
        let link: LinkID
    }

    private enum Event {
        case message([UInt8], to: End)
        case closed(End)
    }

    private(set) var nodes: [NodeID: NodeState] = [:]
    private(set) var now = MeshTime.seconds(0)
    /// What the nodes wanted done, but for messages and links.
    private(set) var outcomes: [(node: NodeID, effect: MeshEffect)] = []
    private(set) var messageCount = 0
    private(set) var frozen: Set<NodeID> = []
    /// Whether outcomes are kept.
    var keepsOutcomes = true
    private var otherEnd: [End: End] = [:]
    private var queue: [(at: MeshInstant, event: Event)] = []
    private var nextEvent = 0
    private var generator: SeededGenerator
    private static let delay = Duration.milliseconds(1)

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    // MARK: The world

    func add(_ id: NodeID, epoch: UInt64 = 1, firewall: Firewall = Firewall(), name: NodeID? = nil) {
        let settings = NodeSettings(nodeID: id, epoch: epoch, firewall: firewall)
        nodes[name ?? id] = NodeState(settings, at: now, generator: SeededGenerator(seed: generator.next()))
    }

    /// Opens a link; the options of the second node are those of the first unless given.
    func connect(_ left: NodeID, _ right: NodeID, _ options: LinkOptions = .standard, _ others: LinkOptions? = nil) {
        guard let opened = nodes[left]?.openLink(options, at: now),
            let accepted = nodes[right]?.openLink(others ?? options, at: now)
        else { return }
        let ends = (End(node: left, link: opened.link), End(node: right, link: accepted.link))
        otherEnd[ends.0] = ends.1
        otherEnd[ends.1] = ends.0
        perform(opened.effects, of: left)
        perform(accepted.effects, of: right)
    }

    /// Breaks all links between two nodes; both notice at once.
    func cut(_ left: NodeID, _ right: NodeID) {
        for (end, other) in otherEnd where end.node == left && other.node == right {
            otherEnd[end] = nil
            otherEnd[other] = nil
            for side in [end, other] { input(side.node) { $0.linkClosed(side.link, at: self.now) } }
        }
    }

    /// Stops a node without anyone noticing: what is sent to it is lost.
    func freeze(_ node: NodeID) { frozen.insert(node) }

    func input(_ node: NodeID, _ body: (inout NodeState) throws -> [MeshEffect]) rethrows {
        guard !frozen.contains(node), var state = nodes[node] else { return }
        nodes[node] = nil
        defer { nodes[node] = nodes[node] ?? state }
        let effects = try body(&state)
        nodes[node] = state
        perform(effects, of: node)
    }

    /// A node's end of its link with another.
    func links(of node: NodeID, to other: NodeID) -> LinkID? {
        otherEnd.first { $0.key.node == node && $0.value.node == other }?.key.link
    }

    func clearOutcomes() { outcomes = [] }

    private func perform(_ effects: [MeshEffect], of node: NodeID) {
        for effect in effects {
            switch effect {
            case .send(let message, let link):
                guard let other = otherEnd[End(node: node, link: link)] else { continue }
                queue.append((now.instant.advanced(by: Self.delay), .message(message, to: other)))
            case .close(let link, _):
                if keepsOutcomes { outcomes.append((node, effect)) }
                guard let other = otherEnd.removeValue(forKey: End(node: node, link: link)) else { continue }
                queue.append((now.instant.advanced(by: Self.delay), .closed(other)))
            default:
                if keepsOutcomes { outcomes.append((node, effect)) }
            }
        }
    }

    // MARK: Time

    func run(seconds: Double) {
        let end = MeshTime.seconds((now.instant.offset / .seconds(1)) + seconds)
        while let next = nextMoment(), next <= end.instant {
            now = MeshTime.seconds(next.offset / .seconds(1))
            now.instant = next
            while nextEvent < queue.count, queue[nextEvent].at <= next {
                let event = queue[nextEvent].event
                nextEvent += 1
                perform(event)
            }
            if nextEvent > 10_000 {
                queue.removeFirst(nextEvent)
                nextEvent = 0
            }
            for node in nodes.keys.sorted() where (nodes[node]?.nextDeadline ?? end.instant) <= next {
                input(node) { $0.tick(at: self.now) }
            }
        }
        now = end
    }

    private func perform(_ event: Event) {
        messageCount += 1
        switch event {
        case .message(let bytes, let end):
            input(end.node) { $0.receive(bytes, on: end.link, at: self.now) }
        case .closed(let end):
            otherEnd[end] = nil
            input(end.node) { $0.linkClosed(end.link, at: self.now) }
        }
    }

    /// All links take the same time, so the queue is in order as it is.
    private func nextMoment() -> MeshInstant? {
        let deadlines = nodes.filter { !frozen.contains($0.key) && !$0.value.isShutDown }.map(\.value.nextDeadline)
        let event = nextEvent < queue.count ? queue[nextEvent].at : nil
        return (deadlines + (event.map { [$0] } ?? [])).min()
    }
}
