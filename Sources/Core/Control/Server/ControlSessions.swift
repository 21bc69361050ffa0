internal import Logging
internal import Synchronization
internal import TaskSupport

/// The sessions of a node's control service, however their clients came.
public final class ControlSessions: Sendable {
    private struct State {
        var all: [ObjectIdentifier: ControlSession] = [:]
        var isDraining = false
    }

    private let context: ControlContext
    /// The most sessions at a time.
    private let limit: Int
    private let state = Mutex(State())
    /// Tells that a session has ended, or that no more are admitted.
    private let changes = ChangeSignal()

    /// No sessions yet.
    ///
    /// - Parameter limit: how many there may be at a time. One more closes the one that has waited longest for a command;
    ///   where none waits, the new one is closed.
    public init(context: ControlContext, limit: Int) {
        self.context = context
        self.limit = limit
    }

    /// How many there are.
    public var count: Int { state.withLock { $0.all.count } }

    /// Talks to a client until either side ends or the task is cancelled, then closes its connection.
    public func run(_ transport: any ControlTransport) async {
        let session = ControlSession(transport: transport, context: context)
        let id = ObjectIdentifier(session)
        let (isAdmitted, oldest) = state.withLock { state -> (Bool, ControlSession?) in
            guard !state.isDraining else { return (false, nil) }
            var oldest: ControlSession?
            if state.all.count >= limit {
                oldest = Self.longestIdle(of: state.all)
                guard let oldest else { return (false, nil) }
                state.all[ObjectIdentifier(oldest)] = nil
            }
            state.all[id] = session
            return (true, oldest)
        }
        if let oldest {
            context.logger.debug("too many sessions, an idle one is closed", metadata: ["limit": "\(limit)"])
            oldest.drain()
        }
        if isAdmitted { await session.run() } else { await transport.close() }
        state.withLock { $0.all[id] = nil }
        changes.notify()
    }

    private static func longestIdle(of sessions: [ObjectIdentifier: ControlSession]) -> ControlSession? {
        var oldest: (session: ControlSession, since: ContinuousClock.Instant)?
        for session in sessions.values {
            guard let since = session.idleSince, since < oldest?.since ?? .now else { continue }
            oldest = (session, since)
        }
        return oldest?.session
    }

    /// Ends the sessions, each as soon as nothing is lost by it, and admits no more.
    public func drain() {
        let all = state.withLock { state in
            state.isDraining = true
            return Array(state.all.values)
        }
        for session in all { session.drain() }
    }

    /// Waits until ``drain()`` has ended all sessions, or the task is cancelled.
    public func ended() async {
        while !Task.isCancelled {
            let version = changes.version
            if state.withLock({ $0.isDraining && $0.all.isEmpty }) { return }
            await changes.changed(since: version)
        }
    }
}
