internal import ControlProtocol
internal import Logging
internal import NIOCore
internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// The sessions of a node's control service, however their clients came.
public final class ControlSessions: Sendable {
    private struct State {
        var all: [ObjectIdentifier: ControlSession] = [:]
        /// How many each node or host has.
        var shares: [String: Int] = [:]
        /// How many clients came by another way than the Unix socket.
        var strangers = 0
        var isDraining = false

        mutating func add(_ session: ControlSession) {
            all[ObjectIdentifier(session)] = session
            guard let share = ControlSessions.share(of: session) else { return }
            strangers += 1
            shares[share, default: 0] += 1
        }

        /// Forgets a session, if it is known.
        mutating func remove(_ session: ControlSession) {
            guard all.removeValue(forKey: ObjectIdentifier(session)) != nil,
                let share = ControlSessions.share(of: session), let count = shares[share]
            else { return }
            strangers -= 1
            shares[share] = count > 1 ? count - 1 : nil
        }
    }

    private let context: ControlContext
    private let lineBudget = MemoryBudget.ofLines()
    private let onwardBudget = OnwardBudget()
    /// The most sessions at a time.
    private let limit: Int
    /// The most of those whom the operator did not let in: the others are kept for the Unix socket.
    private let strangersLimit: Int
    /// How long a client that is turned away may take to hear of it.
    private static let refusalTime = Duration.seconds(1)
    private let state = Mutex(State())
    /// Tells that a session has ended, or that no more are admitted.
    private let changes = ChangeSignal()

    /// No sessions yet.
    ///
    /// - Parameter limit: how many there may be at a time. One more closes the one that has waited longest for a command;
    ///   where none waits, the new one is turned away. The same goes for more than a quarter of them from one node or
    ///   host. A quarter, or 64, is for clients of the Unix socket only; such a client is turned away by others of its
    ///   kind only.
    public init(context: ControlContext, limit: Int) {
        self.context = context
        self.limit = limit
        strangersLimit = limit - min(64, max(1, limit / 4))
    }

    /// How many there are.
    public var count: Int { state.withLock { $0.all.count } }

    /// Talks to a client until either side ends or the task is cancelled, then closes its connection.
    public func run(_ transport: any ControlTransport) async {
        let session = ControlSession(
            transport: transport,
            context: context,
            lineBudget: lineBudget,
            onwardBudget: onwardBudget
        )
        switch admit(session) {
        case .admitted(nil): break
        case .admitted(let other?):
            context.logger.debug("too many sessions, one is closed", metadata: ["limit": "\(limit)"])
            other.makeRoom()
        case .full: return await refuse(transport)
        case .draining: return await transport.close()
        }
        await session.run()
        state.withLock { $0.remove(session) }
        changes.notify()
    }

    private enum Admission {
        /// In place of another one, if there was no room.
        case admitted(ControlSession?)
        case full
        case draining
    }

    private func admit(_ session: ControlSession) -> Admission {
        let share = Self.share(of: session)
        return state.withLock { state in
            guard !state.isDraining else { return .draining }
            var other: ControlSession?
            if let share {
                let isShareUsed = state.shares[share, default: 0] >= max(1, limit / 4)
                if isShareUsed || state.strangers >= strangersLimit || state.all.count >= limit {
                    other = Self.longestIdle(of: state.all) { session in
                        let its = Self.share(of: session)
                        return isShareUsed ? its == share : its != nil
                    }
                    guard other != nil else { return .full }
                }
            } else if state.all.count >= limit {
                other = Self.longestIdle(of: state.all) { _ in true } ?? Self.oldestStranger(of: state.all)
                guard other != nil else { return .full }
            }
            if let other { state.remove(other) }
            state.add(session)
            return .admitted(other)
        }
    }

    /// Turns a client away with one line, which a client that reads has room for at once.
    private func refuse(_ transport: any ControlTransport) async {
        context.logger.debug("too many sessions, a client is turned away", metadata: ["peer": "\(transport.principal)"])
        try? await withDeadline(after: Self.refusalTime, orThrow: CancellationError()) {
            try await transport.write(ByteBuffer(string: ControlRefusal.forNow(.sessions).line))
            try await transport.finish()
        }
        await transport.close()
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

    /// The session of a client not of the Unix socket that is there longest; one that may be ended without loss before
    /// others.
    private static func oldestStranger(of sessions: [ObjectIdentifier: ControlSession]) -> ControlSession? {
        sessions.values.filter { share(of: $0) != nil }.min { one, other in
            one.isBusy == other.isBusy ? one.opened < other.opened : other.isBusy
        }
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
        await changes.changed { state.withLock { $0.isDraining && $0.all.isEmpty } }
    }
}
