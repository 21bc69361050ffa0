internal import ControlServer
internal import TaskSupport

/// The control service at all its addresses and in the mesh. They are opened last, when units are recovered and work
/// types known.
struct ControlServices {
    let listeners: [ControlListener]
    let mesh: MeshControlService
    let sessions: ControlSessions

    /// Takes no client and no command any more; sessions end as soon as nothing is lost by it.
    func drain() {
        for listener in listeners { listener.stopAccepting() }
        mesh.stopAccepting()
        sessions.drain()
    }

    /// Runs sessions until the stop is told of, which follows ``drain()``, and for as long after it as they have
    /// something to lose and the time lasts.
    func run(until stop: ChangeSignal, thenFor time: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners { group.addTask { try await listener.run() } }
            group.addTask { await mesh.run() }
            group.addTask {
                await stop.changed(since: 0)
                // When the time is over they are ended with the group.
                try? await withDeadline(after: time, orThrow: CancellationError()) { await sessions.ended() }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            do { while try await group.next() != nil {} } catch is CancellationError {}
        }
    }
}
