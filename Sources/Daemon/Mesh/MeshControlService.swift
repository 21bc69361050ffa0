internal import ControlServer
internal import LinuxSystem
internal import Mesh
internal import Netceptor

/// The control service for clients that come through the mesh.
struct MeshControlService {
    private let sessions: ControlSessions
    private let transports: AsyncStream<MeshTransport>
    private let arrivals: AsyncStream<MeshTransport>.Continuation

    /// How many streams may wait for their sessions.
    private static let backlog = 1024

    /// Registers the services, so that the mesh hears of them; sessions wait until ``run()``.
    ///
    /// - Parameter executor: where the sessions run, so that nothing they do holds up the mesh.
    /// - Throws: when a service's name is taken.
    init(
        _ services: [ServiceName],
        on mesh: MeshNode,
        disk: DiskQueue,
        executor: any TaskExecutor,
        sessions: ControlSessions
    ) async throws {
        self.sessions = sessions
        (transports, arrivals) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.backlog))
        for service in services {
            let local = LocalService(name: service, advertisement: .controlService(.stream))
            try await mesh.listen(local) { [arrivals] stream in
                let transport = MeshTransport(stream, disk: disk, executor: executor)
                // Nobody takes what comes after the end, or what is too much.
                guard case .enqueued = arrivals.yield(transport) else { return stream.close() }
            }
        }
    }

    /// Runs sessions until ``stopAccepting()`` was called and all have ended. Cancelling the task ends them.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await transport in transports { group.addTask { await sessions.run(transport) } }
        }
    }

    /// Takes no more clients.
    func stopAccepting() { arrivals.finish() }
}
