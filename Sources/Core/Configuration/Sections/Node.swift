public import Workceptor

extension Configuration {
    /// The node itself (`node`).
    public struct Node: Sendable, Equatable {
        /// The node's name in the mesh; the machine's name unless the file gives one.
        public var id: String
        /// The directory that holds what units leave on disk.
        public var dataDirectory: String
        /// What to do with messages that pass through, the first rule that fits deciding.
        public var firewallRules: [FirewallRule]
        /// How long a link may be silent before it is given up; 21 seconds or more.
        public var maxIdleConnectionTimeout: Duration
        /// How much of what units leave on disk survives a power cut (`durability`).
        public var durability: Durability = .full
        /// The directory of drop-ins: as given, or `plugins.d` beside the file if it is there; `nil` for none.
        public var pluginsDirectory: String?
        /// Where the section stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.Node {
    /// Where units are kept unless the file says otherwise.
    public static let defaultDataDirectory = "/tmp/receptor"
    /// The shortest idle time: two of Receptor's route updates, which come every ten seconds, and a second more.
    static let defaultMaxIdleConnectionTimeout = Duration.seconds(21)

    init(_ map: inout MapReader) {
        id = map.optional("id", .nodeID) ?? Self.hostID(map)
        dataDirectory = map.value("datadir", .path, default: Self.defaultDataDirectory)
        firewallRules = map.optional("firewallrules", .firewallRules) ?? []
        maxIdleConnectionTimeout = map.value(
            "maxidleconnectiontimeout",
            .duration(atLeast: Self.defaultMaxIdleConnectionTimeout, writtenAs: "21s"),
            default: Self.defaultMaxIdleConnectionTimeout
        )
        durability = map.value("durability", .word(placeholder: .full), default: .full)
        pluginsDirectory = map.optional("pluginsdir", .directory) ?? Self.directoryBesideFile(map.diagnostics)
        position = map.position
        map.finish { key in
            switch key {
            case "allowedpeers":
                ("misplaced key", "it belongs to the listeners and peers that it is about")
            case _ where key.hasPrefix("receptorkube"):
                ("not supported: the key", "there are no work types for Kubernetes here: remove it")
            default: nil
            }
        }
    }

    /// What is wrong with a node ID, as in "the node ID …", or `nil`.
    ///
    /// Node IDs name directories, so they have to be one component of a path.
    public static func problem(withID id: String) -> String? {
        if id.isEmpty { return "must not be empty" }
        if id.utf8.count > 255 { return "must not be longer than 255 bytes" }
        if id.lowercased() == "localhost" { return "must not be 'localhost', which is every node" }
        if id == "." || id == ".." { return "must not be '\(id)'" }
        let isAllowed = id.unicodeScalars.allSatisfy { scalar in
            scalar != "/" && !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
        }
        return isAllowed ? nil : "must not have spaces, '/' or control characters"
    }

    /// The machine's name, for a file that gives no ID.
    private static func hostID(_ map: MapReader) -> String {
        // A wrong ID has been reported and says nothing about the machine's name.
        guard !map.isGiven("id") else { return "" }
        let name = map.diagnostics.host.hostName() ?? ""
        // `localhost.localdomain` and the like are every machine's name, too.
        let first = name.lowercased().prefix { $0 != "." }
        let problem = first == "localhost" ? "is '\(name)', which is every machine" : problem(withID: name)
        if let problem {
            map.diagnostics.report(
                ConfigurationProblem(
                    "node has no id, and the host name cannot be one: it \(problem)",
                    at: map.position ?? SourcePosition(file: map.diagnostics.file, line: 1, column: 1),
                    hint: "set id in node"
                )
            )
        }
        return name
    }

    private static func directoryBesideFile(_ diagnostics: Diagnostics) -> String? {
        let path = FileSystem.path("plugins.d", from: FileSystem.folder(of: diagnostics.file))
        return diagnostics.host.isDirectory(path) ? path : nil
    }
}

extension ValueKind where Value == String {
    /// A directory that is there, relative to the file's folder.
    fileprivate static var directory: ValueKind {
        ValueKind(placeholder: "") { node, context in
            guard let text = path.read(node, context) else { return nil }
            let directory = FileSystem.path(text, from: FileSystem.folder(of: context.diagnostics.file))
            guard context.diagnostics.host.isDirectory(directory) else {
                context.report("is not a directory: \(Quotation.of(directory, limit: 200))", at: node.position)
                return nil
            }
            return directory
        }
    }
}
