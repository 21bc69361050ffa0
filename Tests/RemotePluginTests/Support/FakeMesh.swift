import LinuxSystem
import Synchronization
import TaskSupport
import Workceptor

@testable import RemotePlugin

/// A mesh of one other node, in memory.
final class FakeMesh: WorkMesh {
    private struct State {
        var hasRoute: Bool
        var version: UInt64 = 1
        var began: UInt64 = 1
        var failure: WorkMeshError?
        var isSilent = false
        var nextID = 0
        var open: [Int: FakeStream] = [:]
        var opened = 0
        var attempts = 0
    }

    let node: FakeNode
    private let state: Mutex<State>
    private let changes = ChangeSignal()

    init(_ node: FakeNode, hasRoute: Bool = true) {
        self.node = node
        state = Mutex(State(hasRoute: hasRoute))
    }

    /// Streams that are open.
    var openCount: Int { state.withLock { $0.open.count } }
    /// Streams that were ever opened.
    var openedCount: Int { state.withLock { $0.opened } }
    /// How many times somebody connected, or tried to.
    var attempts: Int { state.withLock { $0.attempts } }

    /// Adds or removes the route; without it, all streams break, or wait for ever.
    func setRoute(_ hasRoute: Bool, isNoticed: Bool = true) {
        state.withLock { state in
            state.version += 1
            if hasRoute, !state.hasRoute { state.began = state.version }
            state.hasRoute = hasRoute
        }
        if !hasRoute {
            if isNoticed {
                tearAll()
            } else {
                for stream in state.withLock({ Array($0.open.values) }) { stream.freeze() }
            }
        }
        changed()
    }

    /// Breaks all streams; new ones can be opened.
    func tearAll() {
        for stream in state.withLock({ Array($0.open.values) }) { stream.tear() }
    }

    /// Makes connecting fail, or work again.
    func fail(_ error: WorkMeshError?) { state.withLock { $0.failure = error } }

    /// Makes connections that nobody answers.
    func beSilent(_ isSilent: Bool) { state.withLock { $0.isSilent = isSilent } }

    /// Waits for something that streams and routes have to do with.
    func until(_ isSatisfied: () -> Bool) async { await changes.changed(until: isSatisfied) }

    private func changed() { changes.notify() }

    // MARK: WorkMesh

    func reaches(_ node: String) -> Bool { state.withLock { $0.hasRoute } && node == self.node.name }

    func routeBegan(to node: String) -> UInt64? { reaches(node) ? state.withLock { $0.began } : nil }

    var routesVersion: UInt64 { state.withLock { $0.version } }

    func routesChanged(since version: UInt64) async {
        while case let lit = changes.version, routesVersion <= version, !Task.isCancelled {
            await changes.changed(since: lit)
        }
    }

    func connect(to node: String, service: String, tlsClient: String?) async throws -> any WorkStream {
        let (failure, isSilent) = state.withLock { state in
            state.attempts += 1
            return (state.failure, state.isSilent)
        }
        changed()
        if let failure { throw failure }
        guard reaches(node), service == "control" else { throw WorkMeshError(.unreachable, "no route to node") }
        let (up, down) = (BytePipe(), BytePipe())
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let stream = FakeStream(toNode: up, fromNode: down) { [weak self] in
            self?.state.withLock { _ = $0.open.removeValue(forKey: id) }
            self?.changed()
        }
        state.withLock { state in
            state.open[id] = stream
            state.opened += 1
        }
        if !isSilent {
            self.node.serve(
                input: up,
                output: down,
                tear: {
                    up.tear(); down.tear()
                }
            )
        }
        changed()
        return stream
    }
}
