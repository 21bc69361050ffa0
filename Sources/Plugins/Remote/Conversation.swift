internal import JSON
internal import LinuxSystem
internal import Synchronization
internal import TaskSupport
internal import TimeFormats
internal import Workceptor

/// A connection to the control service of another node (control-protocol §1), after the greeting.
///
/// One task at a time may use it. It is closed at the latest when the last reference to it goes.
final class Conversation: Sendable {
    /// The longest line of most answers, in bytes.
    static let lineLimit = 64 << 10
    /// The longest line that tells of a unit, in bytes.
    static let statusLimit = 1 << 20

    private let node: String
    private let stream: any WorkStream
    private let buffer = Mutex(ByteLines(limit: statusLimit))

    private init(node: String, stream: any WorkStream) {
        self.node = node
        self.stream = stream
    }

    deinit { stream.close() }

    /// Connects and waits for the greeting, which must name the node.
    ///
    /// - Throws: `WorkMeshError`, or `CancellationError`.
    static func open(to peer: Peer, through mesh: any WorkMesh, within time: Duration) async throws -> Conversation {
        guard mesh.reaches(peer.node) else { throw WorkMeshError(.unreachable, "no route to node") }
        let late = WorkMeshError(.unreachable, "no answer within \(time.wholeSeconds) s")
        return try await withDeadline(after: time, orThrow: late) {
            let stream = try await mesh.connect(to: peer.node, service: Peer.service, tlsClient: peer.tlsClient)
            let conversation = Conversation(node: peer.node, stream: stream)
            let greeting = try await conversation.line(limit: lineLimit)
            guard ControlGreeting.nodeID(in: greeting) == peer.node else {
                throw WorkMeshError(
                    .unreachable,
                    "\(peer.node) did not answer as itself: \(Self.account(of: greeting))"
                )
            }
            return conversation
        }
    }

    /// What a line that is not the expected greeting says, for people.
    private static func account(of greeting: String) -> String {
        guard let node = ControlGreeting.nodeID(in: greeting) else { return "it is no control service" }
        return "it answered as node \(node.prefix(80))"
    }

    /// Gives the connection up.
    func close() { stream.close() }

    /// Sends a request.
    func send(_ request: JSONObject) async throws {
        try await stream.write(JSONValue.object(request).serialized + "\n")
    }

    /// Sends a whole file, and that nothing follows.
    ///
    /// - Throws: also `SystemError`, when the file cannot be read.
    func sendPayload(_ file: Descriptor) async throws {
        let size = try file.size
        if size > 0 { try await stream.send(file, from: 0, count: size) }
        try await stream.finish()
    }

    /// The next line.
    ///
    /// - Parameter limit: bytes; a longer line is an error.
    func line(limit: Int = lineLimit) async throws -> String {
        while true {
            let next = Result { try buffer.withLock { try $0.nextText() } }
            let line = try next.mapError { _ in tooLong(limit) }.get()
            if let line, line.utf8.count <= limit { return line }
            guard line == nil, buffer.withLock({ $0.count }) <= limit else { throw tooLong(limit) }
            guard let part = try await stream.read() else {
                throw WorkMeshError(.broken, "\(node) ended the connection without an answer")
            }
            part.withUnsafeBytes { bytes in buffer.withLock { $0.append(bytes) } }
        }
    }

    private func tooLong(_ limit: Int) -> WorkMeshError {
        WorkMeshError(.broken, "\(node) sent a line longer than \(limit) bytes")
    }

    /// The next line, which must be JSON.
    ///
    /// - Throws: also ``ControlRefusal``.
    func answer(limit: Int = lineLimit) async throws -> JSONValue {
        let line = try await line(limit: limit)
        if let refusal = ControlRefusal(line: line) { throw refusal }
        do { return try JSONValue(parsing: line) } catch {
            throw WorkMeshError(.broken, "\(node) gave an answer that is no JSON")
        }
    }

    /// What came behind the last line, then ``read()``.
    func takeRest() -> [UInt8] { buffer.withLock { $0.takeRest() } }

    /// The next bytes; `nil` at the end.
    func read() async throws -> (any WorkBytes)? { try await stream.read() }
}
