internal import ControlServer
internal import LinuxSystem
internal import Mesh
internal import Netceptor
internal import ServiceLifecycle

/// The control service for clients that come through the mesh.
struct MeshControlService: Service {
    private let mesh: MeshNode
    private let sessions: ControlSessions
    private let transports: AsyncStream<MeshTransport>
    private let arrivals: AsyncStream<MeshTransport>.Continuation

    /// Registers the services, so that the mesh hears of them; sessions wait until ``run()``.
    ///
    /// - Throws: when a service's name is taken.
    init(_ services: [ServiceName], on mesh: MeshNode, disk: DiskQueue, context: ControlContext) async throws {
        self.mesh = mesh
        sessions = ControlSessions(context: context)
        (transports, arrivals) = AsyncStream.makeStream()
        for service in services {
            let local = LocalService(name: service, advertisement: .controlService(.stream))
            try await mesh.listen(local) { [arrivals] stream in
                let transport = MeshTransport(stream, disk: disk)
                // Nobody takes what comes after the end.
                if case .terminated = arrivals.yield(transport) { stream.close() }
            }
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await withDiscardingTaskGroup { group in
                        for await transport in transports {
                            group.addTask(executorPreference: transport.executor) { await sessions.run(transport) }
                        }
                    }
                }
                group.addTask {
                    try? await gracefulShutdown()
                    try? await Task.sleep(for: ControlSessions.drainTime)
                }
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            arrivals.finish()
            sessions.drain()
        }
        await mesh.stop()
    }
}
