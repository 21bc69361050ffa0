internal import Synchronization

/// The sessions of clients that came one way, such as one listener's.
public final class ControlSessions: Sendable {
    private let context: ControlContext
    private let state = Mutex<(all: [ObjectIdentifier: ControlSession], isDraining: Bool)>(([:], false))

    /// How long sessions may go on with what they are doing when the service ends.
    public static let drainTime = Duration.seconds(10)

    /// No sessions yet.
    public init(context: ControlContext) { self.context = context }

    /// Talks to a client until either side ends, then closes its connection.
    public func run(_ transport: any ControlTransport) async {
        let session = ControlSession(transport: transport, context: context)
        let isDraining = state.withLock { state in
            if !state.isDraining { state.all[ObjectIdentifier(session)] = session }
            return state.isDraining
        }
        guard !isDraining else { return await transport.close() }
        await session.run()
        _ = state.withLock { $0.all.removeValue(forKey: ObjectIdentifier(session)) }
    }

    /// Ends the sessions, each as soon as nothing is lost by it, and admits no more.
    public func drain() {
        let all = state.withLock { state in
            state.isDraining = true
            return Array(state.all.values)
        }
        for session in all { session.drain() }
    }
}
