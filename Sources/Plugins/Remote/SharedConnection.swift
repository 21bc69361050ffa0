internal import JSON
internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// The connection to one node that all units of that node ask through, one after the other. It is opened for the first
/// who asks, and closed when nobody has asked for a while.
final class SharedConnection: Sendable {
    private struct State {
        var users = 0
        /// Open and not in use.
        var conversation: Conversation?
        var lastUse = ContinuousClock.now
        var isClosing = false
    }

    private let peer: Peer
    private let mesh: any WorkMesh
    private let timings: RemoteTimings
    private let lock = AsyncLock()
    private let state = Mutex(State())

    init(peer: Peer, mesh: any WorkMesh, timings: RemoteTimings) {
        self.peer = peer
        self.mesh = mesh
        self.timings = timings
    }

    /// Counts one more who is going to ask.
    func retain() { state.withLock { $0.users += 1 } }

    /// Counts one less.
    func release() { state.withLock { $0.users -= 1 } }

    /// Whether nobody uses it and nothing is open.
    var isVacant: Bool { state.withLock { $0.users == 0 && $0.conversation == nil && !$0.isClosing } }

    /// Asks the node, over a fresh connection if the one that is open turns out to be broken.
    ///
    /// - Parameter whenIdle: called when the connection was closed for want of use.
    /// - Throws: ``ControlRefusal``, `WorkMeshError`, `CancellationError`.
    func ask(_ request: JSONObject, whenIdle: @escaping @Sendable () -> Void) async throws -> JSONValue {
        try await lock.lock()
        if let open = state.withLock({ $0.conversation.take() }) {
            do {
                defer { lock.unlock() }
                return try await exchange(request, over: open, whenIdle)
            } catch let error as WorkMeshError where error.code == .broken {
                try await lock.lock()
            }
        }
        let fresh: Conversation
        do {
            fresh = try await Conversation.open(to: peer, through: mesh, within: timings.greeting)
        } catch is CancellationError {
            lock.unlock()
            throw CancellationError()
        } catch {
            lock.unlock(failing: error)
            throw error
        }
        defer { lock.unlock() }
        return try await exchange(request, over: fresh, whenIdle)
    }

    private func exchange(
        _ request: JSONObject,
        over conversation: Conversation,
        _ whenIdle: @escaping @Sendable () -> Void
    ) async throws -> JSONValue {
        let late = WorkMeshError(.broken, "\(peer.node) has not answered a request in time")
        do {
            let answer = try await withDeadline(after: timings.answer, orThrow: late) {
                try await conversation.send(request)
                return try await conversation.answer(limit: Conversation.statusLimit)
            }
            keep(conversation, whenIdle)
            return answer
        } catch let refusal as ControlRefusal {
            keep(conversation, whenIdle)
            throw refusal
        } catch {
            // What comes next over it may be the answer to this request.
            conversation.close()
            throw error
        }
    }

    private func keep(_ conversation: Conversation, _ whenIdle: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            state.conversation = conversation
            state.lastUse = .now
            defer { state.isClosing = true }
            return !state.isClosing
        }
        guard isFirst else { return }
        Task { [weak self] in
            while let end = self?.idleEnd {
                try? await Task.sleep(until: end, clock: .continuous)
                if self?.closeIfIdle() ?? true { break }
            }
            whenIdle()
        }
    }

    private var idleEnd: ContinuousClock.Instant { state.withLock { $0.lastUse + timings.idle } }

    private func closeIfIdle() -> Bool {
        let (isOver, conversation) = state.withLock { state in
            if state.users > 0 { state.lastUse = .now }
            guard state.lastUse + timings.idle <= .now else { return (false, nil as Conversation?) }
            state.isClosing = false
            return (true, state.conversation.take())
        }
        conversation?.close()
        return isOver
    }
}
