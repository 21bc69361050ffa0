public import Workceptor

extension Configuration {
    /// The longest file that is read, in bytes.
    public static let maximumFileSize = 4 * 1024 * 1024

    /// Reads a configuration file.
    ///
    /// - Parameter path: the file; messages show it as it is given.
    /// - Throws: everything that is wrong with the file.
    public static func load(path: String) throws(ConfigurationProblems) -> Configuration {
        try draft(path: path).checked()
    }

    /// Reads the text of a configuration file.
    ///
    /// - Parameters:
    ///   - text: the bytes of the file.
    ///   - file: the file's path, for messages and for what is relative to its folder.
    /// - Throws: everything that is wrong with the text.
    public static func parse(_ text: [UInt8], file: String) throws(ConfigurationProblems) -> Configuration {
        try draft(text, file: file).checked()
    }

    /// Reads a configuration file as far as it can be read.
    ///
    /// - Parameters:
    ///   - path: the file; messages show it as it is given.
    ///   - unread: sections, by their plural names, that the caller refuses as a whole: what is in them is not checked,
    ///     nor what refers to them.
    public static func draft(path: String, unread: Set<String> = []) -> ConfigurationDraft {
        do {
            return draft(try bytes(of: path), file: path, host: .machine, unread: unread)
        } catch {
            return ConfigurationDraft(configuration: Configuration(file: path), problems: [error])
        }
    }

    /// Reads the text of a configuration file as far as it can be read.
    ///
    /// - Parameters:
    ///   - text: the bytes of the file.
    ///   - file: the file's path, for messages and for what is relative to its folder.
    public static func draft(_ text: [UInt8], file: String) -> ConfigurationDraft {
        draft(text, file: file, host: .machine)
    }

    static func draft(
        _ text: [UInt8],
        file: String,
        host: HostEnvironment,
        unread: Set<String> = []
    ) -> ConfigurationDraft {
        let root: YAMLNode
        do {
            root = try YAMLComposer.compose(text, file: file)
        } catch {
            return ConfigurationDraft(configuration: Configuration(file: file), problems: [error])
        }
        let diagnostics = Diagnostics(file: file, host: host, unread: unread)
        var reader = ConfigurationReader(diagnostics)
        reader.read(root)
        return ConfigurationDraft(
            configuration: reader.configuration,
            incompleteWorkCommands: reader.incompleteWorkCommands,
            problems: diagnostics.sortedProblems
        )
    }

    static func bytes(of path: String) throws(ConfigurationProblem) -> [UInt8] {
        do {
            return try FileSystem.read(path, limit: maximumFileSize)
        } catch {
            throw ConfigurationProblem("cannot read \(Quotation.of(path, limit: 1000)): \(error.reason)")
        }
    }

    /// A configuration without a file: a node that takes commands on a Unix socket.
    ///
    /// - Parameters:
    ///   - nodeID: the node's name; `nil` for the machine's.
    ///   - socket: the path of the control socket; it is readable and writable by its owner only.
    ///   - dataDirectory: the directory that holds what units leave on disk.
    /// - Throws: what is wrong with the node's name or the socket's path.
    public static func minimal(
        nodeID: String?,
        socket: String,
        dataDirectory: String = Node.defaultDataDirectory
    ) throws(ConfigurationProblems) -> Configuration {
        let id = nodeID ?? FileSystem.hostName() ?? ""
        if let problem = Node.problem(withID: id) {
            let hint = nodeID == nil ? "it is the host name: give the node an ID" : nil
            throw ConfigurationProblems([ConfigurationProblem("the node ID \(problem)", hint: hint)])
        }
        if let problem = SocketPath.problem(with: socket, on: .machine) {
            throw ConfigurationProblems([ConfigurationProblem("the path of the control socket \(problem)")])
        }
        var configuration = Configuration(file: nil)
        configuration.node.id = id
        configuration.node.dataDirectory = dataDirectory
        configuration.controlServices = [ControlService(service: "control", path: socket, permissions: 0o600)]
        return configuration
    }
}
