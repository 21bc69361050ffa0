internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// The streams to one control service.
///
/// A stream that answered a question serves the next one. As many are opened as are needed at a time, up to a bound, and
/// those that nobody has needed for a while are closed. A submit and a results request use a stream up, so a few are
/// opened ahead for a service that such requests go to.
final class ServiceStreams: Sendable {
    private struct State {
        var users = 0
        /// Open and not in use, the longest unused first.
        var ready: [(stream: ControlStream, since: ContinuousClock.Instant)] = []
        /// How many to open ahead.
        var wanted = 0
        var isKept = false
    }

    private enum Step {
        case open
        case wait(until: ContinuousClock.Instant)
    }

    /// Questions that are answered from memory there.
    private static let quickLimit = 16
    /// Questions that are answered when work has ended there.
    private static let slowLimit = 64
    private static let aheadLimit = 8
    private static let unusedLimit = 16

    private let service: RemoteControlService
    private let mesh: any WorkMesh
    private let timings: RemoteTimings
    private let lineBudget: MemoryBudget
    private let tasks: TaskOwner
    private let whenVacant: @Sendable () -> Void
    private let quick = AsyncLock(limit: quickLimit)
    private let slow = AsyncLock(limit: slowLimit)
    private let state = Mutex(State())
    private let changes = ChangeSignal()

    /// - Parameter whenVacant: called when the last stream was closed for want of use.
    init(
        _ service: RemoteControlService,
        mesh: any WorkMesh,
        timings: RemoteTimings,
        lineBudget: MemoryBudget,
        tasks: TaskOwner,
        whenVacant: @escaping @Sendable () -> Void
    ) {
        self.service = service
        self.mesh = mesh
        self.timings = timings
        self.lineBudget = lineBudget
        self.tasks = tasks
        self.whenVacant = whenVacant
    }

    /// Counts one more who uses it.
    func enter() { state.withLock { $0.users += 1 } }

    /// Counts one less.
    func leave() { state.withLock { $0.users -= 1 } }

    /// Whether nobody uses it and nothing is open.
    var isVacant: Bool { state.withLock { $0.users == 0 && $0.ready.isEmpty && !$0.isKept } }

    // MARK: Requests

    /// Asks one question: see ``ControlStreamPool/ask(_:of:isSlow:_:)``.
    func ask<Answer>(
        _ request: ControlCommand,
        isSlow: Bool,
        within patience: Duration?,
        _ read: (String) -> Answer?
    ) async throws -> Answer {
        let lock = isSlow ? slow : quick
        try await lock.lock()
        let stream: ControlStream
        let line: String
        do {
            (stream, line) = try await begin(within: timings.greeting, answerWithin: patience) { request }
        } catch let error as WorkMeshError where error.code != .broken {
            // Those who wait would not do better.
            lock.unlock(failing: error)
            throw error
        } catch {
            lock.unlock()
            throw error
        }
        defer { lock.unlock() }
        guard let answer = read(line) else {
            stream.close()
            throw WorkMeshError(.broken, "\(service.node) gave an answer that is none to the request")
        }
        keep(stream)
        return answer
    }

    /// Sends a request: see ``ControlStreamPool/begin(at:within:_:)``.
    func begin(
        within patience: Duration,
        answerWithin time: Duration? = nil,
        _ request: () throws -> ControlCommand
    ) async throws -> (stream: ControlStream, line: String) {
        let time = time ?? timings.answer
        if let stream = takeReady() {
            do { return (stream, try await exchange(try request(), over: stream, within: time)) } catch let error
                as WorkMeshError
            {
                guard error.code == .broken else { throw error }
            }
        }
        let stream = try await open(within: patience)
        return (stream, try await exchange(try request(), over: stream, within: time))
    }

    private func open(within patience: Duration) async throws -> ControlStream {
        try await ControlStream.open(to: service, through: mesh, lineBudget: lineBudget, within: patience)
    }

    private func exchange(
        _ request: ControlCommand,
        over stream: ControlStream,
        within time: Duration
    ) async throws -> String {
        do { return try await stream.ask(request, within: time) } catch let refusal as ControlRefusal {
            keep(stream)
            throw refusal
        } catch {
            // What comes next over it may be the answer to this request.
            stream.close()
            throw error
        }
    }

    // MARK: Unused streams

    /// A stream of before an outage is none: until its packets are sent again it may be silent for as long as the outage
    /// was, and who takes it up afterwards is not told to try another one.
    private func takeReady() -> ControlStream? {
        guard let route = mesh.routeBegan(to: service.node) else { return nil }
        let (stream, old) = state.withLock { state in
            let old = state.ready.filter { $0.stream.route != route }
            if !old.isEmpty { state.ready.removeAll { $0.stream.route != route } }
            return (state.ready.popLast()?.stream, old)
        }
        for one in old { one.stream.close() }
        return stream
    }

    private func keep(_ stream: ControlStream) {
        let isCurrent = stream.route == mesh.routeBegan(to: service.node)
        let isKept = state.withLock { state in
            // What came without a question would be taken for the answer to the next one.
            guard isCurrent, stream.isDrained, state.ready.count < Self.unusedLimit else { return false }
            state.ready.append((stream, .now))
            return true
        }
        if isKept { tend() } else { stream.close() }
    }

    /// Has one more stream opened ahead.
    func replenish() {
        state.withLock { $0.wanted = min($0.wanted + 1, Self.aheadLimit) }
        tend()
    }

    /// Has a task look after the unused streams.
    private func tend() {
        changes.notify()
        let isFirst = state.withLock { state in
            defer { state.isKept = true }
            return !state.isKept
        }
        guard isFirst, tasks.start({ await self.look() }) == nil else { return }
        stop()
    }

    private func look() async {
        while case let (step?, version, routes) = next() {
            switch step {
            case .open:
                do {
                    keep(try await open(within: timings.greeting))
                } catch {
                    state.withLock { $0.wanted = 0 }
                }
            case .wait(let end):
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { try? await pause(for: end - .now) }
                    group.addTask { await self.changes.changed(since: version) }
                    group.addTask { await self.mesh.routesChanged(since: routes) }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
        whenVacant()
    }

    /// Closes what is not worth keeping, and says what is to be done next; `nil` when there is nothing to look after.
    private func next() -> (Step?, version: UInt64, routes: UInt64) {
        let (version, routes) = (changes.version, mesh.routesVersion)
        guard !Task.isCancelled, mesh.reaches(service.node) else {
            stop()
            return (nil, version, routes)
        }
        let limit = ContinuousClock.now - timings.idle
        let (step, old) = state.withLock { state -> (Step?, [ControlStream]) in
            let old = state.ready.prefix { $0.since <= limit }.map(\.stream)
            state.ready.removeFirst(old.count)
            if state.wanted > 0 {
                state.wanted -= 1
                if state.ready.count < Self.aheadLimit { return (.open, old) }
            }
            guard let first = state.ready.first else {
                state.isKept = false
                return (nil, old)
            }
            return (.wait(until: first.since + timings.idle), old)
        }
        for stream in old { stream.close() }
        return (step, version, routes)
    }

    private func stop() {
        let all = state.withLock { state in
            defer { (state.ready, state.wanted, state.isKept) = ([], 0, false) }
            return state.ready
        }
        for one in all { one.stream.close() }
    }
}
