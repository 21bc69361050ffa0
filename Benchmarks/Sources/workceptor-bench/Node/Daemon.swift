internal import CBench
internal import Glibc
internal import Synchronization

/// A daemon under measurement.
final class Daemon: Sendable {
    static let nodeID = "bench"
    /// The name of the socket and all else that lies beside the data.
    private static let socketName = "control.sock"

    /// The node's name on the mesh.
    let nodeID: String
    let facts: ProcessFacts
    let socketPath: String
    private let logPath: String
    /// A process that was waited for has no number any more that could be signalled.
    private let hasEnded = Shared(false)

    /// Starts a daemon; returns when it is started, not when it answers.
    ///
    /// - Parameters:
    ///   - program: the daemon's executable.
    ///   - folder: where it keeps all it has.
    ///   - node: what it is to be.
    init(_ program: String, folder: String, node: NodeConfiguration = NodeConfiguration()) throws {
        nodeID = node.nodeID
        if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw Failure.system("create \(folder)") }
        socketPath = "\(folder)/\(Self.socketName)"
        logPath = "\(folder)/log"
        try TextFile.write(node.text(folder: folder, socket: socketPath), to: "\(folder)/node.yml")
        let log = try FileDescriptor(
            owning: open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600),
            for: "create \(logPath)"
        )
        var arguments: [UnsafeMutablePointer<CChar>?] = [program, "--config", "\(folder)/node.yml"].map {
            (argument: String) in
            strdup(argument)
        }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        let pid = cb_spawn(program, arguments, log.number)
        guard pid > 0 else { throw Failure.system("start \(program)") }
        facts = ProcessFacts(pid: pid)
    }

    /// The folder of the units.
    static func unitsFolder(in folder: String) -> String { "\(folder)/data/\(nodeID)" }

    /// Connects.
    func connect() throws -> ControlConnection { try ControlConnection(socketPath) }

    /// Connects as soon as the daemon takes connections.
    func firstConnection() throws -> ControlConnection {
        let time = Stopwatch()
        while true {
            if let connection = try? connect() { return connection }
            guard isAlive() else {
                throw Failure("the daemon ended at its start: \(log)")
            }
            guard time.seconds < 20 else { throw Failure("the daemon does not answer: \(log)") }
            usleep(200)
        }
    }

    /// What it had to say, which is nothing when all is well.
    var log: String {
        (TextFile.read(logPath) ?? "").split(separator: "\n").joined(separator: "; ")
    }

    /// Ends it and waits for its end.
    func stop() {
        let time = Stopwatch()
        var isAsked = false
        while isAlive() {
            if !isAsked || time.seconds > 12 { kill(facts.pid, isAsked ? SIGKILL : SIGTERM) }
            isAsked = true
            usleep(1_000)
        }
    }

    private func isAlive() -> Bool {
        hasEnded.value.withLock { hasEnded in
            if !hasEnded && waitpid(facts.pid, nil, WNOHANG) != 0 { hasEnded = true }
            return !hasEnded
        }
    }
}
