internal import ControlProtocol
internal import JSON
internal import Logging
internal import NIOCore
internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// One client's conversation with the control service (control-protocol §1), from the greeting to the end.
final class ControlSession: Sendable {
    /// What the session is doing, which decides what a shutdown does to it.
    enum Activity {
        /// Waits for a command.
        case idle
        /// Follows results, or passes bytes on: nothing is lost when it ends.
        case interruptible
        /// Carries out a command or takes in a payload: it may finish.
        case busy
    }

    private struct State {
        var activity = Activity.idle
        var isEnding = false
        /// Whether it ends for the sake of another one.
        var isMakingRoom = false
        /// When it last began to wait for a command.
        var idleSince = ContinuousClock.now
    }

    let transport: any ControlTransport
    let context: ControlContext
    let logger: Logger
    /// When the client came.
    let opened = ContinuousClock.now
    private let lineBudget: MemoryBudget
    let onwardBudget: OnwardBudget
    private let state = Mutex(State())
    /// Tells that the session is to end now.
    private let end = ChangeSignal()
    /// How long a client may take to its first command, from the beginning of a command to its end, and to hear of a
    /// refusal.
    private static let handshakeTime = Duration.seconds(60)
    /// How much of what a refused client still sends is read, so that it hears why.
    private static let discardedBytes = 64 << 20

    init(
        transport: any ControlTransport,
        context: ControlContext,
        lineBudget: MemoryBudget,
        onwardBudget: OnwardBudget
    ) {
        self.transport = transport
        self.lineBudget = lineBudget
        self.onwardBudget = onwardBudget
        self.context = context
        var logger = context.logger
        logger[metadataKey: "peer"] = "\(transport.principal)"
        self.logger = logger
    }

    /// Talks to the client until either side ends or the task is cancelled, which closes the connection.
    func run() async {
        logger.debug("session opened")
        transport.whenGone { [end] in end.notify() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: transport.executor) { await self.converse() }
            group.addTask { await self.end.changed(since: 0) }
            await group.next()
            group.cancelAll()
        }
        await transport.close()
        logger.debug("session closed")
    }

    /// Ends the session: now if nothing is lost, else after the command in flight.
    func drain() {
        let isBusy = state.withLock { state in
            state.isEnding = true
            return state.activity == .busy
        }
        if !isBusy { end.notify() }
    }

    /// Ends the session now, for the sake of another one, whatever is lost by it.
    func makeRoom() {
        state.withLock { state in
            state.isEnding = true
            state.isMakingRoom = true
        }
        end.notify()
    }

    /// Whether something is lost when the session ends.
    var isBusy: Bool { state.withLock { $0.activity == .busy } }

    /// Whether the session ends for the sake of another one.
    var isMakingRoom: Bool { state.withLock { $0.isMakingRoom } }

    /// Since when the session waits for a command; `nil` when it does something else.
    var idleSince: ContinuousClock.Instant? { state.withLock { $0.activity == .idle ? $0.idleSince : nil } }

    /// Whether the node wants the session to end.
    var isEnding: Bool { state.withLock { $0.isEnding } }

    /// - Returns: `false` when the session is to end instead.
    func become(_ activity: Activity) -> Bool {
        state.withLock { state in
            state.activity = activity
            if activity == .idle { state.idleSince = .now }
            return !state.isEnding
        }
    }

    // MARK: Commands

    private func converse() async {
        do {
            try await write("\(ControlGreeting.line(nodeID: context.workceptor.nodeID))\n")
            var lines = ByteLines(limit: ControlLimits.commandLine)
            var share = lineBudget.share(isLocal: transport.principal.isLocal)
            var isFirst = true
            while let line = try await nextLine(&lines, share: &share, isFirst: isFirst) {
                isFirst = false
                guard !line.isEmpty else { continue }
                guard become(.busy), try await execute(line, rest: &lines), become(.idle) else { return }
            }
        } catch is CancellationError {
        } catch {
            logger.debug("session broken", metadata: ["error": "\(error)"])
        }
    }

    /// The next command line; `nil` at the client's end.
    private func nextLine(
        _ lines: inout ByteLines,
        share: inout MemoryBudget.Share,
        isFirst: Bool
    ) async throws -> [UInt8]? {
        var deadline = isFirst ? ContinuousClock.now + Self.handshakeTime : nil
        do {
            while true {
                let line = try lines.next()
                guard share.resize(to: lines.memory + (line?.count ?? 0)) else {
                    // Not to hold the memory while the client hears of it.
                    _ = lines.takeRest()
                    _ = share.resize(to: 0)
                    try await refuse(ControlRefusal.forNow(.longLines).description)
                    return nil
                }
                if let line { return line }
                // Who has nothing to say may wait, but not in the middle of a word.
                if deadline == nil, lines.count > 0 { deadline = .now + Self.handshakeTime }
                guard let part = try await read(until: deadline) else { return nil }
                part.withUnsafeReadableBytes { lines.append($0) }
            }
        } catch let error as ByteLines.TooLong {
            try await refuse("\(error)")
            return nil
        }
    }

    private struct NoCommand: Error {}

    private func read(until deadline: ContinuousClock.Instant?) async throws -> ByteBuffer? {
        guard let deadline else { return try await transport.read() }
        do {
            return try await withDeadline(after: deadline - .now, orThrow: NoCommand()) { [transport] in
                try await transport.read()
            }
        } catch is NoCommand {
            logger.notice("no command came in time")
            return nil
        }
    }

    /// Carries out one command.
    ///
    /// - Returns: whether the session goes on.
    private func execute(_ line: [UInt8], rest: inout ByteLines) async throws -> Bool {
        do {
            switch try ControlCommand(line: line) {
            case .submit(let request):
                return try await submit(request, early: ByteBuffer(bytes: rest.takeRest()))
            case .results(let unit, let position, let signature):
                try await streamResults(of: unit, from: position, signature: signature)
                return false
            case .connect(let node, let service, let tlsClient):
                try await connect(to: node, service, tlsClient: tlsClient, early: ByteBuffer(bytes: rest.takeRest()))
                return false
            case .list(let unit, let withTimes):
                return try await sendList(of: unit, withTimes: withTimes)
            case let command:
                let reply = try await answer(to: command)
                var share = replyShare
                guard share.resize(to: reply.readableBytes) else {
                    throw ControlRefusal.forNow(.longReplies)
                }
                try await transport.write(reply)
            }
        } catch let error as WorkError {
            try await writeError("\(error)")
        } catch let error as ControlRefusal {
            try await write(error.line)
        }
        return true
    }

    // MARK: Writing

    /// What a reply takes of the memory of all lines until the client has it.
    var replyShare: MemoryBudget.Share { lineBudget.share(isLocal: transport.principal.isLocal) }

    func write(_ text: String) async throws { try await transport.write(ByteBuffer(string: text)) }

    func writeError(_ message: String) async throws { try await write(ControlRefusal(message).line) }

    /// Says why the session ends, to a client that may still be sending: closing with bytes unread would take the words
    /// away from it, so they are read, within bounds.
    func refuse(_ message: String) async throws {
        try await writeError(message)
        guard become(.interruptible) else { return }
        try await transport.finish()
        struct TooLate: Error {}
        try await withDeadline(after: Self.handshakeTime, orThrow: TooLate()) { [transport] in
            var count = 0
            while count <= Self.discardedBytes, let part = try await transport.read() { count += part.readableBytes }
        }
    }
}
