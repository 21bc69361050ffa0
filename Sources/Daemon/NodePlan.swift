internal import Configuration
internal import Workceptor

/// A configuration that has been checked in every respect: what a node is to be.
struct NodePlan: Sendable {
    /// Where a configuration comes from.
    enum Source: Sendable {
        case file(String)
        case minimal(nodeID: String?, socket: String, dataDirectory: String?, dropIns: String?)
    }

    let configuration: Configuration
    let registry: WorkTypeRegistry
    /// Verifies requests; there is one when the configuration says how, even if it has to refuse all of them.
    let verifier: NodeVerifier?
    /// Signs requests to other nodes; there is one when the configuration says how.
    let signer: NodeSigner?
    let mesh: MeshPlan
    /// What is wrong with key files: the node runs, and refuses what takes the key.
    let keyProblems: [ConfigurationProblem]
    /// What else is wrong and does not keep the node from running.
    let warnings: [ConfigurationProblem]

    /// What a configuration is read for, and so what may be wrong with it.
    enum Purpose: Sendable {
        /// A node does without a broken drop-in, and refuses what takes a key that cannot be used.
        case start
        /// A running node keeps what it has rather than do without the work types of a broken drop-in.
        case reload
        case check
    }

    /// Reads and checks a configuration with its drop-ins.
    ///
    /// - Throws: all problems in one go.
    init(_ source: Source, for purpose: Purpose) throws(ConfigurationProblems) {
        var draft = try Self.draft(source)
        var dropInProblems: [ConfigurationProblem] = []
        if let directory = draft.configuration.node.pluginsDirectory {
            dropInProblems = Self.addDropIns(of: directory, to: &draft)
        }
        let file = draft.configuration.file
        var problems = draft.problems
        var registry = WorkTypeRegistry(plugins: builtInPlugins)
        for problem in Self.register(draft, in: &registry) {
            if problem.position?.file == file { problems.append(problem) } else { dropInProblems.append(problem) }
        }
        // Wrong defaults are found again with each entry that they are for.
        var isTold: Set<ConfigurationProblem> = []
        dropInProblems = dropInProblems.filter { isTold.insert($0).inserted }.sorted { $0.isBefore($1) }
        problems += UnsupportedFeatures.find(in: draft.configuration)
        let verifier = draft.configuration.workVerification.map {
            NodeVerifier($0, nodeID: draft.configuration.node.id)
        }
        let signer = draft.configuration.workSigning.map { NodeSigner($0) }
        keyProblems = [
            verifier?.problem.map {
                ConfigurationProblem("work-verification: \($0)", at: draft.configuration.workVerification?.position)
            },
            signer?.problem.map {
                ConfigurationProblem("work-signing: \($0)", at: draft.configuration.workSigning?.position)
            },
        ].compactMap { $0 }
        var mesh: MeshPlan?
        if problems.isEmpty { do { mesh = try MeshPlan(draft.configuration) } catch { problems += error.problems } }
        if purpose == .check { problems += keyProblems }
        if purpose != .start { problems += dropInProblems }
        guard problems.isEmpty, let mesh else { throw ConfigurationProblems(problems.sorted { $0.isBefore($1) }) }
        configuration = draft.configuration
        self.registry = registry
        self.verifier = verifier
        self.signer = signer
        self.mesh = mesh
        warnings =
            dropInProblems + Self.idleness(of: draft.configuration)
            + (purpose == .check ? Self.risks(of: draft.configuration) : [])
    }

    private static func draft(_ source: Source) throws(ConfigurationProblems) -> ConfigurationDraft {
        switch source {
        case .file(let path):
            return Configuration.draft(path: path, unread: UnsupportedFeatures.sections)
        case .minimal(let nodeID, let socket, let dataDirectory, let dropIns):
            var configuration = try Configuration.minimal(
                nodeID: nodeID,
                socket: socket,
                dataDirectory: dataDirectory ?? Configuration.Node.defaultDataDirectory
            )
            configuration.node.pluginsDirectory = dropIns
            return configuration.merging([])
        }
    }

    /// Lays a directory of drop-ins over the file.
    ///
    /// - Returns: what is wrong with the drop-ins.
    private static func addDropIns(of directory: String, to draft: inout ConfigurationDraft) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        var dropIns: [DropIn] = []
        for result in Configuration.loadDropIns(directory: directory) {
            switch result {
            case .success(let dropIn): dropIns.append(dropIn)
            case .failure(let failure): problems += failure.problems
            }
        }
        let merged = draft.merging(dropIns)
        let known = Set(draft.problems)
        let file = draft.configuration.file
        draft.configuration = merged.configuration
        draft.incompleteWorkCommands = merged.incompleteWorkCommands
        for problem in merged.problems where !known.contains(problem) {
            if problem.position?.file == file { draft.problems.append(problem) } else { problems.append(problem) }
        }
        return problems + unknownPlugins(dropIns)
    }

    private static func unknownPlugins(_ dropIns: [DropIn]) -> [ConfigurationProblem] {
        let names = builtInPlugins.map(\.name)
        return dropIns.filter { !names.contains($0.plugin) }.map { dropIn in
            ConfigurationProblem(
                "unknown plugin '\(dropIn.plugin)'",
                at: dropIn.position,
                hint: "plugins here: \(names.joined(separator: ", "))"
            )
        }
    }

    /// Makes the work types.
    ///
    /// - Returns: what the plugins find wrong, also with entries that cannot be registered anyway.
    private static func register(
        _ draft: ConfigurationDraft,
        in registry: inout WorkTypeRegistry
    ) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        for command in draft.configuration.workCommands {
            do { try registry.add(command.registryEntry) } catch { problems += error.problems }
        }
        for command in draft.incompleteWorkCommands where !command.plugin.isEmpty {
            var unused = WorkTypeRegistry(plugins: builtInPlugins)
            do { try unused.add(command.registryEntry) } catch { problems += error.problems }
        }
        return problems
    }

    /// A node that nothing leads to cannot be given anything to do.
    private static func idleness(of configuration: Configuration) -> [ConfigurationProblem] {
        let hasControl = configuration.controlServices.contains { $0.path != nil || $0.tcpListen != nil }
        let hasLinks = !configuration.tcpListeners.isEmpty || !configuration.tcpPeers.isEmpty
        guard !hasControl, !hasLinks else { return [] }
        return [
            ConfigurationProblem(
                "the node can do nothing: it has neither links nor a control service with an address",
                at: configuration.node.position,
                hint: "add control-services with a filename, tcp-listeners or tcp-peers"
            )
        ]
    }
}

extension NodePlan {
    /// What works, and is hardly meant.
    private static func risks(of configuration: Configuration) -> [ConfigurationProblem] {
        var risks: [ConfigurationProblem] = []
        if !configuration.node.dataDirectory.hasPrefix("/") {
            risks.append(
                ConfigurationProblem(
                    "datadir is relative: started in another directory, the node does not find its units",
                    at: configuration.node.position,
                    hint: "give a path that begins with /"
                )
            )
        }
        for service in configuration.controlServices where service.path != nil && service.permissions & 0o002 != 0 {
            risks.append(
                ConfigurationProblem(
                    "everybody on this machine may run work here, as the user of the daemon",
                    at: service.position,
                    hint: "permissions \"0660\" are for a group"
                )
            )
        }
        return risks
    }
}

extension Configuration.WorkCommand {
    fileprivate var registryEntry: WorkTypeRegistry.Entry {
        WorkTypeRegistry.Entry(
            name: worktype,
            plugin: plugin,
            policy: WorkPolicy(allowsRuntimeParameters: allowRuntimeParams, verifiesSignature: verifySignature),
            settings: settings
        )
    }
}

extension ConfigurationProblem {
    /// The problem in a line that says already that something went wrong.
    var account: String {
        (position.map { "\($0): " } ?? "") + message + (hint.map { " (\($0))" } ?? "")
    }

    fileprivate func isBefore(_ other: ConfigurationProblem) -> Bool {
        // Those of no place come last.
        guard let mine = position else { return false }
        guard let its = other.position else { return true }
        return (mine.file, mine.line, mine.column) < (its.file, its.line, its.column)
    }
}
