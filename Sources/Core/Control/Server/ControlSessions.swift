internal import Logging
internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// The sessions of a node's control service, however their clients came.
public final class ControlSessions: Sendable {
    private struct State {
        var all: [ObjectIdentifier: ControlSession] = [:]
        /// How many each node or host has.
        var shares: [String: Int] = [:]
        var isDraining = false

        /// Forgets a session, if it is known.
        mutating func remove(_ session: ControlSession) {
            guard all.removeValue(forKey: ObjectIdentifier(session)) != nil,
                let share = ControlSessions.share(of: session), let count = shares[share]
            else { return }
            shares[share] = count > 1 ? count - 1 : nil
        }
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
    ///   where none waits, the new one is closed. The same goes for more than a quarter of them from one node or
    ///   host.
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
        let share = Self.share(of: session)
        let (isAdmitted, oldest) = state.withLock { state -> (Bool, ControlSession?) in
            guard !state.isDraining else { return (false, nil) }
            let isShareUsed = share.map { state.shares[$0, default: 0] >= limit / 4 } ?? false
            var oldest: ControlSession?
            if isShareUsed || state.all.count >= limit {
                oldest = Self.longestIdle(of: state.all) { !isShareUsed || Self.share(of: $0) == share }
                guard let oldest else { return (false, nil) }
                state.remove(oldest)
            }
            state.all[id] = session
            if let share { state.shares[share, default: 0] += 1 }
            return (true, oldest)
        }
        if let oldest {
            context.logger.debug("too many sessions, an idle one is closed", metadata: ["limit": "\(limit)"])
            oldest.drain()
        }
        if isAdmitted { await session.run() } else { await transport.close() }
        state.withLock { $0.remove(session) }
        changes.notify()
    }

    /// Who shares a quarter of all sessions: a node, or a host; nobody for clients that the operator let in.
    private static func share(of session: ControlSession) -> String? {
        switch session.transport.principal.origin {
        case .unixSocket: nil
        case .tcp(let address): "tcp:" + (address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address)
        case .mesh(let node, _): "mesh:" + node
        }
    }

    private static func longestIdle(
        of sessions: [ObjectIdentifier: ControlSession],
        where isMeant: (ControlSession) -> Bool
    ) -> ControlSession? {
        var oldest: (session: ControlSession, since: ContinuousClock.Instant)?
        for session in sessions.values {
            guard let since = session.idleSince, since < oldest?.since ?? .now, isMeant(session) else { continue }
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
