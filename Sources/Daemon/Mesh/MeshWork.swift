internal import LinuxSystem
internal import Mesh
internal import NIOCore
internal import Netceptor
internal import QUIC
internal import Workceptor

/// The mesh as work types see it.
struct MeshWork: WorkMesh {
    let mesh: MeshNode
    let disk: DiskQueue

    var routesVersion: UInt64 { mesh.routes.version }

    func reaches(_ node: String) -> Bool { mesh.routes.reaches(node) }

    func routeBegan(to node: String) -> UInt64? { mesh.routes.routeBegan(to: node) }

    func routesChanged(since version: UInt64) async { await mesh.routes.changed(since: version) }

    func connect(to node: String, service: String, tlsClient: String?) async throws -> any WorkStream {
        guard tlsClient == nil else {
            throw WorkMeshError(.invalid, "TLS client configurations are not supported yet: submit without tlsclient")
        }
        do {
            let stream = try await mesh.connect(to: mesh.node(named: node), service: ServiceName(service))
            return MeshWorkStream(stream: stream, sender: FileSender(disk: disk, stream: stream))
        } catch {
            throw WorkMeshError(meshError: error)
        }
    }
}

/// A stream of the mesh as work types see it.
private struct MeshWorkStream: WorkStream {
    let stream: MeshStream
    let sender: FileSender

    func read() async throws -> (any WorkBytes)? {
        try await telling { try await stream.read() }.map { ReceivedBytes(buffer: $0) }
    }

    func write(_ text: String) async throws { try await telling { try await stream.write(ByteBuffer(string: text)) } }

    func send(_ file: Descriptor, from position: Int64, count: Int64) async throws {
        try await telling { try await sender.send(file, from: position, count: count) }
    }

    func finish() { stream.finish() }

    func close() { stream.close() }

    private func telling<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as SystemError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            // It was open: another attempt may do better at once.
            throw WorkMeshError(.broken, "\(error)")
        }
    }
}

private struct ReceivedBytes: WorkBytes {
    let buffer: ByteBuffer

    var count: Int { buffer.readableBytes }

    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withUnsafeReadableBytes(body)
    }
}

extension WorkMeshError {
    /// What an error of the mesh or of QUIC means to work.
    init(meshError error: any Error) {
        let code: Code =
            switch error {
            case let error as MeshError:
                [.invalidNodeID, .invalidServiceName].contains(error.code) ? .invalid : .unreachable
            case let error as QUICError:
                switch error.code {
                case .certificateRefused, .insecureConnectionToSecureService, .invalidCredentials: .security
                case .handshakeTimedOut, .handshakeFailed: .unreachable
                default: .broken
                }
            default: .broken
            }
        self.init(code, "\(error)")
    }
}
