internal import ControlProtocol
internal import Glibc
internal import JSON
internal import LinuxSystem
internal import Logging
internal import NIOCore
internal import Synchronization
internal import TaskSupport
internal import Workceptor

/// One client's conversation with the control service (control-protocol §1), from the greeting to the end.
final class ControlSession: Sendable {
    /// What the session is doing, which decides what a shutdown does to it.
    private enum Activity {
        /// Waits for a command, or follows results: nothing is lost when it ends.
        case interruptible
        /// Carries out a command or takes in a payload: it may finish.
        case busy
    }

    let transport: any ControlTransport
    let context: ControlContext
    let logger: Logger
    private let activity = Mutex<(now: Activity, isDraining: Bool)>((.interruptible, false))
    /// How long a client may take to its first command.
    private static let handshakeTime = Duration.seconds(60)

    init(transport: any ControlTransport, context: ControlContext) {
        self.transport = transport
        self.context = context
        var logger = context.logger
        logger[metadataKey: "peer"] = "\(transport.principal)"
        self.logger = logger
    }

    /// Talks to the client until either side ends. Call ``drain()`` to end it from outside.
    func run() async {
        logger.debug("session opened")
        let conversation = Task(executorPreference: transport.executor) {
            do {
                try await self.converse()
            } catch is CancellationError {
            } catch {
                self.logger.debug("session broken", metadata: ["error": "\(error)"])
            }
        }
        transport.whenGone { conversation.cancel() }
        self.conversation.withLock { $0 = conversation }
        await withTaskCancellationHandler {
            await conversation.value
        } onCancel: {
            conversation.cancel()
        }
        await transport.close()
        logger.debug("session closed")
    }

    private let conversation = Mutex<Task<Void, Never>?>(nil)

    /// Ends the session: now if nothing is lost, else after the command in flight.
    func drain() {
        let isInterruptible = activity.withLock { activity in
            activity.isDraining = true
            return activity.now == .interruptible
        }
        if isInterruptible { conversation.withLock { $0 }?.cancel() }
    }

    private func converse() async throws {
        try await write("\(ControlGreeting.line(nodeID: context.workceptor.nodeID))\n")
        var lines = ByteLines(limit: ControlLimits.commandLine)
        var isFirst = true
        while let line = try await nextLine(&lines, isFirst: isFirst) {
            isFirst = false
            guard !line.isEmpty else { continue }
            let isDraining = activity.withLock { activity in
                activity.now = .busy
                return activity.isDraining
            }
            if isDraining { return }
            guard try await execute(line, rest: &lines) else { return }
            activity.withLock { $0.now = .interruptible }
            if activity.withLock({ $0.isDraining }) { return }
        }
    }

    /// The next command line; `nil` at the client's end.
    private func nextLine(_ lines: inout ByteLines, isFirst: Bool) async throws -> String? {
        let timeout =
            isFirst
            ? Task { [transport] in
                try await pause(for: Self.handshakeTime)
                logger.notice("no command came in time")
                await transport.close()
            } : nil
        defer { timeout?.cancel() }
        do {
            while true {
                if let line = try lines.nextText() { return line }
                guard let part = try await transport.read() else { return nil }
                part.withUnsafeReadableBytes { lines.append($0) }
            }
        } catch let error as ByteLines.TooLong {
            try await writeError("\(error)")
            return nil
        }
    }

    /// Carries out one command.
    ///
    /// - Returns: whether the session goes on.
    private func execute(_ line: String, rest: inout ByteLines) async throws -> Bool {
        let command: ControlCommand
        do { command = try ControlCommand(line: line) } catch {
            try await writeError("\(error)")
            return true
        }
        do {
            switch command {
            case .submit(let request):
                return try await submit(request, rest: &rest)
            case .results(let unit, let position, let signature):
                return try await streamResults(of: unit, from: position, signature: signature)
            case .connect(let node, let service, let tlsClient):
                try await connect(to: node, service, tlsClient: tlsClient, rest: ByteBuffer(bytes: rest.takeRest()))
                return false
            default:
                var reply = try await answer(to: command).serialized
                reply.append("\n")
                try await write(reply)
            }
        } catch let error as WorkError {
            try await writeError("\(error)")
        } catch let error as ControlRefusal {
            try await writeError("\(error)")
        }
        return true
    }

    // MARK: Connect

    /// Connects the client to a service of a node, until both directions have ended.
    private func connect(to node: String, _ service: String, tlsClient: String?, rest: ByteBuffer) async throws {
        let remote: any ControlTransport
        do {
            remote = try await context.node.connect(to: node, service: service, tlsClient: tlsClient)
        } catch {
            throw ControlRefusal("\(error)")
        }
        activity.withLock { $0.now = .interruptible }
        logger.info("connected", metadata: ["node": "\(node)", "service": "\(service)"])
        let conversation = Task { [transport] in
            try await write("\(ControlReply.connecting)\n")
            if rest.readableBytes > 0 { try await remote.write(rest) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.pass(from: transport, to: remote) }
                group.addTask { try await Self.pass(from: remote, to: transport) }
                defer { group.cancelAll() }
                try await group.waitForAll()
            }
        }
        // Whichever of the two breaks, the other is of no use any more.
        remote.whenGone { conversation.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await conversation.value
            } onCancel: {
                conversation.cancel()
            }
            await remote.close()
        } catch {
            await remote.close()
            throw error
        }
    }

    private static func pass(from source: any ControlTransport, to target: any ControlTransport) async throws {
        while let part = try await source.read() { try await target.write(part) }
        try await target.finish()
    }

    // MARK: Submit

    private func submit(_ request: SubmitRequest, rest: inout ByteLines) async throws -> Bool {
        let intake = try await context.workceptor.admit(request, from: transport.principal)
        do {
            try await write("\(ControlReply.unitCreated("\(intake.unit.id)"))\n")
            let early = ByteBuffer(bytes: rest.takeRest())
            if early.readableBytes > 0 { try await store(early, in: intake) }
            // The next part is read while the last one is written.
            var part = try await transport.read()
            while let current = part {
                async let next = transport.read()
                try await store(current, in: intake)
                part = try await next
            }
        } catch let error as WorkError {
            try await writeError("\(error)")
            try await discardPayload()
            return false
        } catch {
            await intake.abandon("The connection broke before the payload was complete")
            throw error
        }
        guard await transport.isClientPresent() else {
            await intake.abandon("The client disconnected before its payload was complete")
            return false
        }
        let result = try await intake.start()
        let reply: JSONValue = [
            "result": result == .started ? "Job Started" : "Job Submitted", "unitid": .string("\(intake.unit.id)"),
        ]
        try await write(reply.serialized + "\n")
        return true
    }

    /// Lets a client that was refused send what it has to send: most read the answer only when they are done.
    private func discardPayload() async throws {
        let timeout = Task { [transport] in
            try await pause(for: Self.handshakeTime)
            await transport.close()
        }
        defer { timeout.cancel() }
        while try await transport.read() != nil {}
    }

    private func store(_ part: ByteBuffer, in intake: UnitIntake) async throws(WorkError) {
        try await intake.append { write throws(SystemError) in
            let result: Result<Void, SystemError> = part.withUnsafeReadableBytes { bytes in
                Result { () throws(SystemError) in try write(bytes) }
            }
            try result.get()
        }
    }

    // MARK: Results

    /// Sends a unit's output from a position on, and what it still writes, until it is complete (control-protocol §4).
    private func streamResults(of id: String, from start: Int64, signature: String?) async throws -> Bool {
        let unit = try context.workceptor.unit(id)
        try context.workceptor.checkSignature(signature, for: unit, from: transport.principal)
        let file: Descriptor
        do throws(SystemError) {
            file = try await context.workceptor.environment.disk.run(for: unit.id) { () throws(SystemError) in
                try unit.openOutput()
            }
        } catch {
            throw WorkError(.storage, "cannot read the results of unit \(unit.id)", cause: error)
        }
        activity.withLock { $0.now = .interruptible }
        try await write("\(ControlReply.streamingResults(of: "\(unit.id)"))\n")
        let registration = unit.status.state.isComplete ? nil : try? unit.followOutput()
        defer { if let registration { unit.unfollowOutput(registration) } }
        var position = start
        while !Task.isCancelled {
            let version = unit.version
            let status = unit.status
            let available = min(try file.size, status.state.isComplete ? status.stdoutSize : .max)
            if position < available {
                try await transport.send(file, from: position, count: available - position)
                position = available
            } else if status.state.isComplete || unit.isReleased {
                break
            } else {
                await unit.changed(since: version)
            }
        }
        return false
    }

    // MARK: Writing

    func write(_ text: String) async throws { try await transport.write(ByteBuffer(string: text)) }

    private func writeError(_ message: String) async throws {
        try await write(ControlRefusal(message).line)
    }
}
