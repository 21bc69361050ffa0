internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// The streams to the control services of other nodes that nobody uses at present.
final class ControlStreamPool: Sendable {
    private let mesh: any WorkMesh
    private let timings: RemoteTimings
    private let lineBudget = MemoryBudget.ofLines()
    private let tasks = TaskOwner()
    private let services = Mutex<[RemoteControlService: ServiceStreams]>([:])

    init(mesh: any WorkMesh, timings: RemoteTimings) {
        self.mesh = mesh
        self.timings = timings
    }

    /// Closes all of them; nobody asks any more.
    func shutDown() async { await tasks.end() }

    /// Asks a service one question.
    ///
    /// - Parameters:
    ///   - isSlow: whether the answer may take long: such questions do not hold others up.
    ///   - patience: how long it may take; `nil` for the usual time.
    ///   - read: what the answer means; `nil` when it is none to this question.
    /// - Throws: ``ControlRefusal``, `WorkMeshError`, `CancellationError`.
    func ask<Answer>(
        _ request: ControlCommand,
        of service: RemoteControlService,
        isSlow: Bool,
        within patience: Duration? = nil,
        _ read: (String) -> Answer?
    ) async throws -> Answer {
        try await with(service) { try await $0.ask(request, isSlow: isSlow, within: patience, read) }
    }

    /// Sends a request behind whose answer the stream cannot be used for others.
    ///
    /// - Parameters:
    ///   - patience: how long the service may take to greet.
    ///   - request: makes the request when it can be sent.
    /// - Returns: the stream, which is the caller's to close, and the first line of the answer.
    /// - Throws: ``ControlRefusal``, `WorkMeshError`, `CancellationError`, what `request` throws.
    func begin(
        at service: RemoteControlService,
        within patience: Duration,
        _ request: () throws -> ControlCommand
    ) async throws -> (stream: ControlStream, line: String) {
        try await with(service) { try await $0.begin(within: patience, request) }
    }

    /// Opens a stream ahead for the next one who needs one of a service that is in use.
    func replenish(_ service: RemoteControlService) { with(service) { $0.replenish() } }

    private func with<Value>(
        _ service: RemoteControlService,
        _ body: (ServiceStreams) async throws -> Value
    ) async rethrows -> Value {
        let streams = enter(service)
        defer { leave(service, streams) }
        return try await body(streams)
    }

    private func with(_ service: RemoteControlService, _ body: (ServiceStreams) -> Void) {
        let streams = enter(service)
        defer { leave(service, streams) }
        body(streams)
    }

    private func enter(_ service: RemoteControlService) -> ServiceStreams {
        services.withLock { services in
            let streams =
                services[service]
                ?? ServiceStreams(service, mesh: mesh, timings: timings, lineBudget: lineBudget, tasks: tasks) {
                    [weak self] in
                    self?.forget(service)
                }
            services[service] = streams
            streams.enter()
            return streams
        }
    }

    private func leave(_ service: RemoteControlService, _ streams: ServiceStreams) {
        streams.leave()
        forget(service)
    }

    /// Drops what is not in use.
    private func forget(_ service: RemoteControlService) {
        services.withLock { services in
            if services[service]?.isVacant == true { services[service] = nil }
        }
    }
}
