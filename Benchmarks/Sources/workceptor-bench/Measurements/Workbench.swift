internal import Glibc

/// What a benchmark works with.
struct Workbench: Sendable {
    /// How long all of it may take, in seconds.
    static let timeLimit = 900

    /// The daemon's executable.
    let program: String
    let folders: Folders
    /// Whether fewer runs are enough.
    let isQuick: Bool
    /// The `durability` of nodes for which a measurement chooses none; `nil` for the program's own default.
    let durability: String?
    /// Whether the program has a choice of it.
    let knowsDurability: Bool

    init(program: String, folders: Folders, options: Options) throws {
        self.program = program
        self.folders = folders
        isQuick = options.isQuick
        knowsDurability = try ConfigurationCheck.knowsDurability(program, folder: folders.memory)
        durability = knowsDurability ? options.durability : nil
    }

    /// How many runs to make: fewer when it is to be quick.
    func runs(_ usual: Int, quick: Int) -> Int { isQuick ? quick : usual }

    /// Runs a body with a fresh folder, which is deleted after it.
    func withFolder<Value>(_ setting: Setting, _ body: (String) throws -> Value) throws -> Value {
        guard let base = folders.path(setting.place) else { throw Failure("there is no disk to measure on") }
        let folder = "\(base)/node"
        defer { FileTree.remove(folder) }
        if mkdir(folder, 0o700) != 0 { throw Failure.system("create \(folder)") }
        return try body(folder)
    }

    /// Runs a body with a daemon on a fresh folder that has answered already. Nothing of it is left after that.
    func withDaemon<Value>(_ setting: Setting, _ body: (Daemon) throws -> Value) throws -> Value {
        try withFolder(setting) {
            try withDaemon(in: $0, durability: setting.durability) { daemon, _ in try body(daemon) }
        }
    }

    /// Runs a body with a daemon on a folder and the first connection to it.
    func withDaemon<Value>(
        in folder: String,
        durability: String? = nil,
        _ body: (Daemon, ControlConnection) throws -> Value
    ) throws -> Value {
        let node = NodeConfiguration(durability: durability ?? self.durability)
        let daemon = try Daemon(program, folder: folder, node: node)
        defer {
            daemon.stop()
            Guardian.endDescendants()
            if !daemon.log.isEmpty { Output.error("the daemon said: \(daemon.log)") }
        }
        return try body(daemon, daemon.firstConnection())
    }

    /// Runs a body with nodes in a row, in memory, whose first reaches the last. Nothing of them is left after that.
    ///
    /// - Parameter prepare: fills the folder before they start.
    func withNodes<Value>(
        _ names: [String],
        prepare: (String) throws -> Void = { _ in },
        _ body: (NodeRow) throws -> Value
    ) throws -> Value {
        try withFolder(.memory) { folder in
            try prepare(folder)
            let row = try NodeRow(program, folder: folder, names: names, durability: durability)
            defer {
                row.stop()
                Guardian.endDescendants()
                for node in row.nodes where !node.log.isEmpty { Output.error("\(node.nodeID) said: \(node.log)") }
            }
            return try body(row)
        }
    }

    /// Runs a body for each place there is, with a suffix for its metrics: on the disk with each durability, if the
    /// program has a choice.
    func forEachPlace(_ body: (Setting, String) throws -> [Row]) throws -> [Row] {
        var rows = try body(.memory, ", \(folders.memoryKind)")
        guard folders.disk != nil else { return rows }
        guard knowsDurability else { return try rows + body(Setting(place: .disk), ", disk") }
        for durability in ["relaxed", "full"] {
            rows += try body(Setting(place: .disk, durability: durability), ", disk, \(durability)")
        }
        return rows
    }
}
