internal import ControlServer
internal import LinuxSystem
internal import Mesh
internal import NIOCore
internal import Workceptor

/// A control connection that comes, or goes, through the mesh.
struct MeshTransport: ControlTransport {
    let principal: Principal
    let executor: any TaskExecutor
    private let stream: MeshStream
    private let sender: FileSender

    init(_ stream: MeshStream, disk: DiskQueue, executor: any TaskExecutor = globalConcurrentExecutor) {
        self.stream = stream
        principal = Principal(.mesh(node: stream.peer, isAuthenticated: false))
        self.executor = executor
        sender = FileSender(disk: disk, stream: stream)
    }

    func read() async throws -> ByteBuffer? { try await stream.read() }

    // Unlike a socket's, a stream's end is the other side's word that it sent everything.
    func isClientPresent() async -> Bool { await stream.isPeerPresent() }

    func write(_ bytes: ByteBuffer) async throws { try await stream.write(bytes) }

    func send(_ file: Descriptor, from position: Int64, count: Int64) async throws {
        try await sender.send(file, from: position, count: count)
    }

    func finish() async throws { stream.finish() }

    func whenGone(_ handler: @escaping @Sendable () -> Void) { stream.whenGone(handler) }

    func close() async { stream.closeInPeace() }
}
