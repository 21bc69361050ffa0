import Foundation

/// A daemon with a scratch directory of its own.
final class Node {
    let scratch: Scratch
    let configuration: NodeFile
    private let options: Options
    /// The running daemon.
    private(set) var daemon: Program?
    /// What every daemon of this node has logged.
    private var earlierLog = ""

    /// How the daemon is started.
    struct Options: Sendable {
        var arguments = ["--log-level", "info"]
        var environment: [String: String] = [:]
        /// A command that the daemon is started through.
        var wrapper: [String] = []
    }

    var configurationPath: String { scratch.file("node.yml") }
    var socket: String { scratch.file(configuration.socket) }
    /// The directory with the units' directories.
    var unitsDirectory: String { "\(configuration.dataDirectory ?? scratch.file("d"))/\(configuration.id)" }
    var client: Client { Client(address: .unix(socket), nodeID: configuration.id) }
    /// All that was logged.
    var log: String { earlierLog + (daemon?.errors.text ?? "") }

    /// A node that does not run yet; whoever made it calls ``remove(afterError:)``.
    init(_ configuration: NodeFile, in scratch: Scratch, _ options: Options = Options()) throws {
        self.scratch = scratch
        self.configuration = configuration
        self.options = options
        try scratch.write("node.yml", configuration.yaml(in: scratch))
    }

    /// Runs a body with a running node; afterwards nothing of it is left.
    static func with(
        _ configuration: NodeFile = NodeFile(),
        in given: Scratch? = nil,
        options: Options = Options(),
        isStarted: Bool = true,
        _ body: (Node) throws -> Void
    ) throws {
        let scratch = try given ?? Scratch()
        let node = try Node(configuration, in: scratch, options)
        do {
            if isStarted { try node.start() }
            try body(node)
            node.remove()
        } catch {
            node.remove(afterError: true)
            throw error
        }
    }

    /// The same with work types only.
    static func with(work: String, _ body: (Node) throws -> Void) throws { try with(NodeFile(work: work), body) }

    // MARK: The daemon

    /// Starts the daemon and waits until it has started.
    ///
    /// - Parameter untilListening: wait for its socket instead of its log line, which a level above `notice` does not
    ///   have.
    func start(untilListening: Bool = false) throws {
        let command = options.wrapper + [Binaries.daemon, "--config", configurationPath] + options.arguments
        let daemon = try Program(command[0], Array(command.dropFirst()), environment: options.environment)
        self.daemon = daemon
        if untilListening {
            guard settles(patience, { (try? client.connect()) != nil }) else { throw TimedOut(awaited: "the socket") }
            return
        }
        guard daemon.errors.wait(until: { $0.contains("node started") }) else {
            throw Unexpected("the daemon did not start: \(daemon.errors.text)")
        }
    }

    /// Starts the daemon, which has to refuse; how it ended.
    func startRefused(_ arguments: [String] = []) throws -> Program.Finished {
        try Program.run(Binaries.daemon, ["--config", configurationPath] + arguments, within: 20)
    }

    /// Ends the daemon the proper way and waits for its end.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) throws -> Program.End {
        guard let daemon else { throw Unexpected("the node is not running") }
        daemon.signal(signal)
        guard let end = daemon.wait() else { throw TimedOut(awaited: "end of the daemon") }
        forgetDaemon()
        return end
    }

    /// Ends the daemon the hard way.
    func kill() {
        daemon?.signal(SIGKILL)
        daemon?.wait()
        forgetDaemon()
    }

    /// Ends the daemon the hard way and starts another.
    func killAndRestart() throws {
        kill()
        try start()
    }

    private func forgetDaemon() {
        _ = daemon?.errors.waitForEnd(5)
        earlierLog = log
        daemon = nil
    }

    /// Has the daemon stand still, so that it neither answers nor ends its connections.
    func freeze() { daemon?.signal(SIGSTOP) }

    /// Has the daemon go on.
    func thaw() { daemon?.signal(SIGCONT) }

    // MARK: Its files

    func file(_ name: String, of unit: String) -> String { "\(unitsDirectory)/\(unit)/\(name)" }

    func read(_ name: String, of unit: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: file(name, of: unit))), as: UTF8.self)
    }

    /// The names in the directory of units that are no dot files.
    func unitsOnDisk() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: unitsDirectory).filter { !$0.hasPrefix(".") }.sorted()
    }

    // MARK: Its processes

    /// The processes of the node's units: runners, commands and what these started.
    func workProcesses() -> [ProcessScan.Entry] { ProcessScan.work(under: scratch.path + "/") }

    /// The processes of one unit.
    func workProcesses(of unit: String) -> [ProcessScan.Entry] { ProcessScan.work(under: "\(unitsDirectory)/\(unit)") }

    // MARK: Afterwards

    /// Ends the daemon and deletes what it left.
    func remove(afterError: Bool = false) {
        daemon?.signal(SIGCONT)
        daemon?.signal(SIGTERM)
        if let daemon, daemon.wait(15) == nil { daemon.signal(SIGKILL) }
        daemon?.wait(5)
        if daemon != nil { forgetDaemon() }
        ProcessScan.killWork(under: scratch.path + "/")
        if afterError || TestRecord.current?.hasFailed.value == true { _ = try? scratch.write("daemon.log", log) }
        scratch.finish(afterError: afterError)
    }
}
