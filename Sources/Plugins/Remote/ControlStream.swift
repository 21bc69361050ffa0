internal import JSON
internal import LinuxSystem
internal import ShownText
internal import Synchronization
internal import TaskSupport
internal import TimeFormats
internal import Workceptor

/// A stream to the control service of another node (control-protocol §1), after the greeting.
///
/// One task at a time may use it. It is closed at the latest when the last reference to it goes.
final class ControlStream: Sendable {
    /// The longest line, in bytes: what tells of a unit may be long.
    private static let lineLimit = 1 << 20

    private let node: String
    private let stream: any WorkStream
    /// The route that the stream was opened over: see `WorkMesh.routeBegan(to:)`.
    let route: UInt64?
    private let incoming: Mutex<Incoming>

    /// What has come and nobody has taken.
    private struct Incoming: ~Copyable {
        var lines = ByteLines(limit: lineLimit)
        var share: MemoryBudget.Share
    }

    private init(node: String, stream: any WorkStream, route: UInt64?, lineBudget: MemoryBudget) {
        self.node = node
        self.stream = stream
        self.route = route
        incoming = Mutex(Incoming(share: lineBudget.share(isLocal: false)))
    }

    deinit { stream.close() }

    /// Connects and waits for the greeting, which must name the node.
    ///
    /// - Parameter lineBudget: what the lines of all streams may take.
    /// - Throws: `WorkMeshError`, or `CancellationError`.
    static func open(
        to service: RemoteControlService,
        through mesh: any WorkMesh,
        lineBudget: MemoryBudget,
        within time: Duration
    ) async throws -> ControlStream {
        let node = service.node
        guard mesh.reaches(node) else { throw WorkMeshError(.unreachable, "no route to node") }
        let route = mesh.routeBegan(to: node)
        let late = WorkMeshError(.unreachable, "no answer within \(time.wholeSeconds) s")
        return try await withDeadline(after: time, orThrow: late) {
            let stream = try await mesh.connect(
                to: node,
                service: RemoteControlService.name,
                tlsClient: service.tlsClient
            )
            let opened = ControlStream(node: node, stream: stream, route: route, lineBudget: lineBudget)
            let greeting = try await opened.line()
            guard ControlGreeting.nodeID(in: greeting) == node else {
                throw WorkMeshError(.unreachable, "\(node) did not answer as itself: \(account(of: greeting))")
            }
            return opened
        }
    }

    /// What a line that is not the expected greeting says, for people.
    private static func account(of greeting: String) -> String {
        guard let node = ControlGreeting.nodeID(in: greeting) else { return "it is no control service" }
        return "it answered as node \(String(node).cut(toBytes: 80))"
    }

    /// Gives the stream up.
    func close() { stream.close() }

    /// Whether everything that came was asked for, as far as is known.
    var isDrained: Bool { incoming.withLock { $0.lines.count == 0 } }

    /// Sends a request and waits for the first line of its answer.
    ///
    /// - Throws: ``ControlRefusal``, `WorkMeshError`, `CancellationError`.
    func ask(_ request: ControlCommand, within time: Duration) async throws -> String {
        let late = WorkMeshError(.broken, "\(node) has not answered a request in time")
        return try await withDeadline(after: time, orThrow: late) {
            try await self.stream.write(request.line)
            return try await self.answer()
        }
    }

    /// Waits for the answer to what was sent.
    ///
    /// - Throws: ``ControlRefusal``, `WorkMeshError`, `CancellationError`.
    func answer() async throws -> String {
        let line = try await line()
        if let refusal = ControlRefusal(line: line) { throw ControlRefusal(refusal.description.cut(toBytes: 4096)) }
        return line
    }

    /// Sends a whole file, and that nothing follows.
    ///
    /// - Throws: also `SystemError`, when the file cannot be read.
    func sendPayload(_ file: Descriptor) async throws {
        let size = try file.size
        if size > 0 { try await stream.send(file, from: 0, count: size) }
        try await stream.finish()
    }

    private func line() async throws -> String {
        while true {
            do {
                if let line = try takeLine() { return line }
            } catch {
                throw WorkMeshError(.broken, "\(node) sent a line longer than \(error.limit) bytes")
            }
            guard let part = try await stream.read() else {
                throw WorkMeshError(.broken, "\(node) ended the connection without an answer")
            }
            guard part.withUnsafeBytes({ take($0) }) else {
                throw WorkMeshError(.broken, "\(node) sends a long line, and there are too many of those already")
            }
        }
    }

    private func takeLine() throws(ByteLines.TooLong) -> String? {
        try incoming.withLock { incoming throws(ByteLines.TooLong) in
            let line = try incoming.lines.nextText()
            // Less is always granted.
            if line != nil { _ = incoming.share.resize(to: incoming.lines.memory) }
            return line
        }
    }

    /// - Returns: whether there was room for it.
    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        incoming.withLock { incoming in
            incoming.lines.append(bytes)
            if incoming.share.resize(to: incoming.lines.memory) { return true }
            _ = incoming.lines.takeRest()
            _ = incoming.share.resize(to: 0)
            return false
        }
    }

    /// What came behind the last line, then ``read()``.
    func takeRest() -> [UInt8] {
        incoming.withLock { incoming in
            defer { _ = incoming.share.resize(to: 0) }
            return incoming.lines.takeRest()
        }
    }

    /// The next bytes; `nil` at the end.
    func read() async throws -> (any WorkBytes)? { try await stream.read() }
}
