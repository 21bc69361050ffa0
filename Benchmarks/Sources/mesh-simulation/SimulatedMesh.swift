internal import DequeModule
internal import HeapModule
internal import Netceptor

/// The states of many nodes in one thread and in simulated time. Links take a millisecond and keep the order.
struct SimulatedMesh {
    private struct Message {
        let at: MeshInstant
        let node: Int
        let link: LinkID
        let bytes: [UInt8]
    }

    private struct Deadline: Comparable {
        let at: MeshInstant
        let node: Int

        static func < (left: Deadline, right: Deadline) -> Bool {
            left.at != right.at ? left.at < right.at : left.node < right.node
        }
    }

    private var states: [NodeState] = []
    private var otherEnds: [[LinkID: (node: Int, link: LinkID)]]
    private var messages: Deque<Message> = []
    private var deadlines = Heap<Deadline>()
    /// The earliest deadline in the heap of each node.
    private var scheduled: [MeshInstant?]
    private var isComplete: [Bool]
    private var completeCount = 0
    private(set) var now = MeshInstant()
    /// Messages and bytes that were sent over links.
    private(set) var messageCount = 0
    private(set) var byteCount = 0
    /// When any node last changed its routes.
    private(set) var lastRouteChange = MeshInstant()
    private static let linkDelay = Duration.milliseconds(1)

    /// All nodes start at once, each with a control service, and all links are opened.
    init(_ graph: RandomGraph, seed: UInt64) throws {
        otherEnds = Array(repeating: [:], count: graph.nodeCount)
        scheduled = Array(repeating: nil, count: graph.nodeCount)
        isComplete = Array(repeating: false, count: graph.nodeCount)
        var generator = SeededGenerator(seed: seed)
        for number in 0..<graph.nodeCount {
            let digits = String(number)
            let name = "node-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            let settings = NodeSettings(nodeID: try NodeID(name), epoch: UInt64(number + 1))
            var state = NodeState(settings, at: time, generator: SeededGenerator(seed: generator.next()))
            try state.registerService(
                LocalService(name: try ServiceName("control"), advertisement: .controlService(.stream)),
                at: time
            )
            state.setWorkCommands([WorkCommand(workType: "cat", isSecure: false)], at: time)
            states.append(state)
            schedule(number)
        }
        for link in graph.links { open(link.left, link.right) }
    }

    /// Whether every node has a route to every other.
    var isConverged: Bool { completeCount == states.count }

    private var time: MeshTime {
        let (seconds, attoseconds) = now.offset.components
        return MeshTime(
            instant: now,
            unixNanoseconds: 1_795_000_000_000_000_000 + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        )
    }

    private mutating func open(_ left: Int, _ right: Int) {
        let opened = states[left].openLink(at: time)
        let accepted = states[right].openLink(at: time)
        otherEnds[left][opened.link] = (right, accepted.link)
        otherEnds[right][accepted.link] = (left, opened.link)
        perform(opened.effects, of: left)
        perform(accepted.effects, of: right)
    }

    /// Lets simulated time pass until an end, or until a condition holds.
    mutating func run(until end: MeshInstant, or condition: (borrowing SimulatedMesh) -> Bool = { _ in false }) {
        while let next = nextEvent, next <= end {
            now = next
            while let message = messages.first, message.at <= next {
                messages.removeFirst()
                let bytes = Self.ownCopy(of: message.bytes)
                perform(states[message.node].receive(bytes, on: message.link, at: time), of: message.node)
            }
            while let deadline = deadlines.min, deadline.at <= next {
                deadlines.removeMin()
                guard scheduled[deadline.node] == deadline.at else { continue }
                scheduled[deadline.node] = nil
                perform(states[deadline.node].tick(at: time), of: deadline.node)
            }
            if condition(self) { return }
        }
        now = end
    }

    /// Gives back what the messages took of which most were under way at once: it is not the nodes'.
    mutating func releaseSpareMemory() { messages = Deque(Array(messages)) }

    private var nextEvent: MeshInstant? {
        switch (messages.first?.at, deadlines.min?.at) {
        case (let message?, let deadline?): min(message, deadline)
        case (let message, let deadline): message ?? deadline
        }
    }

    private mutating func perform(_ effects: [MeshEffect], of node: Int) {
        for effect in effects {
            switch effect {
            case .send(let bytes, let link):
                guard let other = otherEnds[node][link] else { continue }
                messageCount += 1
                byteCount += bytes.count
                messages.append(
                    Message(at: now.advanced(by: Self.linkDelay), node: other.node, link: other.link, bytes: bytes)
                )
            case .routesChanged: noteRoutes(of: node)
            default: break
            }
        }
        schedule(node)
    }

    private mutating func noteRoutes(of node: Int) {
        lastRouteChange = now
        let isNowComplete = states[node].routes.count == states.count - 1
        if isNowComplete != isComplete[node] { completeCount += isNowComplete ? 1 : -1 }
        isComplete[node] = isNowComplete
    }

    private mutating func schedule(_ node: Int) {
        let deadline = Self.nextDeadline(of: &states[node])
        if let earliest = scheduled[node], earliest <= deadline { return }
        scheduled[node] = deadline
        deadlines.insert(Deadline(at: deadline, node: node))
    }

    /// Advertisements are kept as they came: nodes must not share the memory.
    private static func ownCopy(of message: [UInt8]) -> [UInt8] {
        guard message.first == 2 else { return message }
        return [UInt8](unsafeUninitializedCapacity: message.count) { buffer, count in
            count = buffer.initialize(fromContentsOf: message)
        }
    }

    /// In place: a state is not copied only to ask it for the time.
    private static func nextDeadline(of state: inout NodeState) -> MeshInstant { state.nextDeadline }
}
