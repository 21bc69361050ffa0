import Glibc
public import JSON
internal import ShownText

/// A connection to a control service, from the client's side: control protocol, sections 1 and 2.
///
/// All calls block until they are done; an ``Interruption`` ends a wait. One command is made after the other.
/// The first connection that is made sets SIGPIPE to be ignored in this process, so that a node that goes away is an
/// error and not the end of the process.
public final class ControlConnection {
    /// How long a connection and its greeting may take.
    public static let defaultTimeout: Duration = .seconds(10)
    /// How long a reply may be, in bytes: a list of many units is one line.
    public static let maximumReplyLength = 512 << 20
    /// How long a greeting may be, in bytes.
    public static let maximumGreetingLength = 64 << 10

    /// Where the control service listens.
    public let address: ControlAddress
    /// The ID of the node at the other end, as its greeting says.
    public private(set) var nodeID = ""

    let socket: Socket
    let interruption: Interruption?
    private var buffer = ByteLines(limit: maximumReplyLength)

    /// Connects and reads the greeting.
    ///
    /// - Parameters:
    ///   - address: where the control service listens.
    ///   - timeout: how long the connection and the greeting may take, each.
    ///   - interruption: ends any wait of this connection.
    /// - Throws: ``ControlError``.
    public init(
        to address: ControlAddress,
        timeout: Duration = defaultTimeout,
        interruption: Interruption? = nil
    ) throws(ControlError) {
        Self.ignoreBrokenPipes
        self.address = address
        self.interruption = interruption
        socket = try SocketConnector(interruption: interruption, deadline: .now + timeout).connect(to: address)
        try readGreeting(timeout: timeout)
    }

    /// Closes the connection; it is closed anyway when nothing refers to it any more.
    public func close() { socket.close() }

    /// Makes a command in its plain form and reads its reply.
    ///
    /// - Throws: ``ControlError``, of code `refused` when the node answers with an error.
    public func command(_ line: String) throws(ControlError) -> JSONValue {
        try send(line: line)
        return try readReply()
    }

    /// Makes a command and reads its reply.
    ///
    /// - Throws: ``ControlError``, of code `refused` when the node answers with an error.
    public func command(_ command: ControlCommand) throws(ControlError) -> JSONValue {
        try send(command)
        return try readReply()
    }

    /// Connects this connection through to a service on a node of the mesh: from here on it is that service's.
    ///
    /// - Parameters:
    ///   - node: the ID of the node.
    ///   - service: the service's name on that node.
    ///   - tlsClient: the name of a TLS client of the configuration, or empty.
    /// - Throws: ``ControlError``, of code `refused` when the node cannot connect.
    public func connect(toNode node: String, service: String, tlsClient: String = "") throws(ControlError) {
        try send(.connect(node: node, service: service, tlsClient: tlsClient))
        let reply = try readLine()
        if let refusal = Self.refusal(in: reply) { throw refusal }
        guard reply.hasPrefix(ControlReply.connecting) else { throw unexpected(reply) }
    }

    /// Connects through to the control service of another node and reads its greeting: commands then go there.
    ///
    /// - Throws: ``ControlError``.
    public func connect(
        toControlServiceOf node: String,
        tlsClient: String = "",
        timeout: Duration = defaultTimeout
    ) throws(ControlError) {
        try connect(toNode: node, service: "control", tlsClient: tlsClient)
        try readGreeting(timeout: timeout)
    }

    // MARK: Lines

    func send(_ command: ControlCommand) throws(ControlError) { try send(Array(command.line.utf8)) }

    func send(line: String) throws(ControlError) {
        guard !line.utf8.contains(UInt8(ascii: "\n")) else {
            throw ControlError(.unsupported, "a command cannot contain a line break")
        }
        try send(Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    func send(_ bytes: [UInt8]) throws(ControlError) {
        // Closures of the standard library do not carry the type of what they throw.
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ControlError) in try socket.send(bytes, interruption: interruption) }
        }
        try result.get()
    }

    func readReply() throws(ControlError) -> JSONValue {
        let line = try readLine()
        if let refusal = Self.refusal(in: line) { throw refusal }
        do {
            return try JSONValue(parsing: line)
        } catch {
            throw ControlError(.protocolViolation, "the node's reply is not JSON: \(error): \(line.cut(toBytes: 80))")
        }
    }

    func readLine(
        limit: Int = maximumReplyLength,
        deadline: ContinuousClock.Instant? = nil
    ) throws(ControlError) -> String {
        while true {
            let line: String?
            do { line = try buffer.nextText() } catch { throw Self.tooLong(error.limit) }
            if let line { return line }
            guard buffer.count < limit else { throw Self.tooLong(limit) }
            guard try fill(deadline: deadline) else {
                throw ControlError(.connectionLost, "the node closed the connection before it answered")
            }
        }
    }

    private static func tooLong(_ limit: Int) -> ControlError {
        ControlError(.protocolViolation, "the node sent a line of more than \(limit) bytes")
    }

    /// Takes what was received beyond the last line.
    func takeBuffered() -> [UInt8] { buffer.takeRest() }

    func unexpected(_ reply: String) -> ControlError {
        ControlError(.protocolViolation, "the node answered something unexpected: \(reply.cut(toBytes: 80))")
    }

    static func refusal(in line: String) -> ControlError? {
        ControlRefusal(line: line).map { ControlError(.refused, $0.description) }
    }

    private func fill(deadline: ContinuousClock.Instant?) throws(ControlError) -> Bool {
        let result = withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { space in
            Result { () throws(ControlError) in
                let count = try socket.receive(into: space, interruption: interruption, deadline: deadline)
                buffer.append(UnsafeRawBufferPointer(rebasing: space.prefix(count)))
                return count > 0
            }
        }
        return try result.get()
    }

    private func readGreeting(timeout: Duration) throws(ControlError) {
        let line: String
        do {
            line = try readLine(limit: Self.maximumGreetingLength, deadline: .now + timeout)
        } catch {
            guard error.code != .interrupted else { throw error }
            // A node that is about to stop closes connections, too: the code says that it may be tried again.
            throw notControl("it sent no greeting", error.code)
        }
        if let refusal = Self.refusal(in: line) { throw refusal }
        guard let node = ControlGreeting.nodeID(in: line) else {
            throw notControl("it greeted with \(line.cut(toBytes: 80))")
        }
        nodeID = node
    }

    private func notControl(_ what: String, _ code: ControlError.Code = .protocolViolation) -> ControlError {
        ControlError(code, "\(address) does not look like a control socket: \(what)")
    }

    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}
