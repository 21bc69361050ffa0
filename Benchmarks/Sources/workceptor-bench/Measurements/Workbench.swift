internal import Glibc

/// What a benchmark works with.
struct Workbench: Sendable {
    /// How long all of it may take, in seconds.
    static let timeLimit = 360

    /// The daemon's executable.
    let program: String
    let folders: Folders
    /// Whether fewer runs are enough.
    let isQuick: Bool

    /// How many runs to make: fewer when it is to be quick.
    func runs(_ usual: Int, quick: Int) -> Int { isQuick ? quick : usual }

    /// Runs a body with a fresh folder, which is deleted after it.
    func withFolder<Value>(_ place: Folders.Place, _ body: (String) throws -> Value) throws -> Value {
        guard let base = folders.path(place) else { throw Failure("there is no disk to measure on") }
        let folder = "\(base)/node"
        defer { FileTree.remove(folder) }
        if mkdir(folder, 0o700) != 0 { throw Failure.system("create \(folder)") }
        return try body(folder)
    }

    /// Runs a body with a daemon on a fresh folder that has answered already. Nothing of it is left after that.
    func withDaemon<Value>(_ place: Folders.Place, _ body: (Daemon) throws -> Value) throws -> Value {
        try withFolder(place) { try withDaemon(in: $0) { daemon, _ in try body(daemon) } }
    }

    /// Runs a body with a daemon on a folder and the first connection to it.
    func withDaemon<Value>(
        in folder: String,
        _ body: (Daemon, ControlConnection) throws -> Value
    ) throws -> Value {
        let daemon = try Daemon(program, folder: folder)
        defer {
            daemon.stop()
            Guardian.endDescendants()
            if !daemon.log.isEmpty { Output.error("the daemon said: \(daemon.log)") }
        }
        return try body(daemon, daemon.firstConnection())
    }

    /// Runs a body with nodes in a row, in memory, whose first reaches the last. Nothing of them is left after that.
    func withNodes<Value>(_ names: [String], _ body: (NodeRow) throws -> Value) throws -> Value {
        try withFolder(.memory) { folder in
            let row = try NodeRow(program, folder: folder, names: names)
            defer {
                row.stop()
                Guardian.endDescendants()
                for node in row.nodes where !node.log.isEmpty { Output.error("\(node.nodeID) said: \(node.log)") }
            }
            return try body(row)
        }
    }

    /// Runs a body for each place there is, with a suffix for its metrics.
    func forEachPlace(_ body: (Folders.Place, String) throws -> [Row]) throws -> [Row] {
        var rows = try body(.memory, ", \(folders.memoryKind)")
        if folders.disk != nil { rows += try body(.disk, ", disk") }
        return rows
    }
}
